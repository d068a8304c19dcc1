//! Style sheet, script and icon, embedded in the binary.

use std::hash::{DefaultHasher, Hash, Hasher};

/// A file that pages refer to.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Name in the address.
    pub name: &'static str,
    /// Media type.
    pub media: &'static str,
    /// Contents.
    pub text: &'static str,
}

const ASSETS: [Asset; 3] = [
    Asset {
        name: "app.css",
        media: "text/css; charset=utf-8",
        text: include_str!("../../assets/app.css"),
    },
    Asset {
        name: "app.js",
        media: "text/javascript; charset=utf-8",
        text: include_str!("../../assets/app.js"),
    },
    Asset {
        name: "icon.svg",
        media: "image/svg+xml",
        text: include_str!("../../assets/icon.svg"),
    },
];

/// The embedded file of this name.
pub fn asset(name: &str) -> Option<Asset> {
    ASSETS.into_iter().find(|asset| asset.name == name)
}

impl Asset {
    /// An address that changes when the contents do, so that the file can be cached for ever.
    pub fn address(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.text.hash(&mut hasher);
        format!("/assets/{}?v={:x}", self.name, hasher.finish())
    }
}
