//! Versions of a method that are only made up: a version before them, and what is changed in it.
//!
//! The head of the file says which version it is, after which, from which day, and what is new (`new TEXT`); `edition CATALOGUE
//! NAME` makes a new edition of a catalogue that the former version pins. Behind it stand the changes, as in `patch`, to a
//! copy of the former version: its forms, data points, and its cases under the new name, without those that were migrated.

use std::fs;
use std::path::Path;

use crate::{copy, patch};

/// A version that is made up.
#[derive(Debug, Clone)]
pub struct MadeUp {
    /// Name of the file, for complaints.
    pub name: String,
    /// Id of the method.
    pub method: String,
    /// The version.
    pub version: String,
    /// The version that it comes after.
    pub after: String,
    from: String,
    editions: Vec<(String, String)>,
    news: Vec<String>,
    changes: String,
}

impl MadeUp {
    /// Reads what a version is; what the head leaves out is `2.0.0` after `1.0.0`.
    ///
    /// # Panics
    /// When the head holds something else.
    pub fn read(name: &str, method: &str, text: &str) -> Self {
        let mut made = Self {
            name: name.to_owned(),
            method: method.to_owned(),
            version: "2.0.0".to_owned(),
            after: "1.0.0".to_owned(),
            from: "2026-01-01".to_owned(),
            editions: Vec::new(),
            news: vec!["Something".to_owned()],
            changes: String::new(),
        };
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next_if(|line| !line.starts_with("in ")) {
            let Some((word, rest)) = line.split_once(' ') else {
                panic!("{name}: {line}");
            };
            match word {
                "version" => made.version = rest.to_owned(),
                "after" => made.after = rest.to_owned(),
                "from" => made.from = rest.to_owned(),
                "edition" => made.editions.extend(
                    rest.split_once(' ')
                        .map(|(id, to)| (id.to_owned(), to.to_owned())),
                ),
                "new" if made.news == ["Something"] => made.news = vec![rest.to_owned()],
                "new" => made.news.push(rest.to_owned()),
                _ => panic!("{name}: {line}"),
            }
        }
        made.changes = lines.map(|line| format!("{line}\n")).collect();
        made
    }

    /// The same under another number.
    #[must_use]
    pub fn renumbered(&self, version: &str) -> Self {
        let folder = |version: &str| format!("methods/{}/{version}/", self.method);
        let changes = self.changes.replace(&folder(&self.version), &folder(version));
        Self {
            version: version.to_owned(),
            changes: changes.replace(&self.name(), &format!("{}@{version}", self.method)),
            ..self.clone()
        }
    }

    /// `id@version`.
    pub fn name(&self) -> String {
        format!("{}@{}", self.method, self.version)
    }

    /// Makes the version beside the former one in a folder of definitions.
    ///
    /// # Panics
    /// When it does not fit.
    pub fn make(&self, definitions: &Path) {
        let versions = definitions.join("methods").join(&self.method);
        let folder = versions.join(&self.version);
        copy(&versions.join(&self.after), &folder);
        let _ = fs::remove_dir_all(folder.join("migrations"));
        let method = folder.join("method.yaml");
        let text = fs::read_to_string(&method).expect("a method");
        let mut text = self.head(&text);
        for (catalogue, edition) in &self.editions {
            let (pin, before) = pinned(&text, catalogue)
                .unwrap_or_else(|| panic!("{}: `{catalogue}` is not pinned", self.name));
            text = text.replacen(&pin, &format!("{catalogue}: \"{edition}\""), 1);
            let lists = definitions.join("catalogues").join(catalogue);
            copy(&lists.join(&before), &lists.join(edition));
            each_file(&lists.join(edition), &|list| {
                Some(list.replacen(
                    &format!("edition: \"{before}\""),
                    &format!("edition: \"{edition}\""),
                    1,
                ))
            });
        }
        fs::write(&method, text).expect("written");
        let (old, new) = (format!("{}@{}", self.method, self.after), self.name());
        each_file(&folder.join("cases"), &|case| {
            let own = !case.contains("\nmigrated_from:") && !case.starts_with("migrated_from:");
            own.then(|| case.replacen(&old, &new, 1))
        });
        patch::apply(&self.name, &self.changes, definitions);
    }

    /// The method's file with the head of this version.
    fn head(&self, text: &str) -> String {
        let mut head = String::new();
        let mut listing = false;
        for line in text.lines() {
            listing = line.starts_with("changes:") || (listing && line.starts_with(' '));
            if line.starts_with("version:") {
                head += &format!("version: {}\nchanges:\n", self.version);
                head.extend(self.news.iter().map(|news| format!("  - {news:?}\n")));
            } else if line.starts_with("valid_from:") {
                head += &format!("valid_from: \"{}\"\n", self.from);
            } else if !listing {
                head += &format!("{line}\n");
            }
        }
        head
    }
}

/// How a method pins a catalogue, as it is written, and the newest edition of it.
fn pinned(method: &str, catalogue: &str) -> Option<(String, String)> {
    let line = method.lines().find(|line| line.starts_with("catalogues:"))?;
    let rest = line.get(line.find(&format!("{catalogue}: "))?..)?;
    let several = rest.strip_prefix(catalogue)?.starts_with(": [");
    let end = if several {
        rest.find(']')?
    } else {
        rest.find(['}', ','])? - 1
    };
    let pin = rest.get(..=end)?;
    let newest = match pin.rsplit_once("edition: \"") {
        Some((_, newest)) => newest,
        None => pin.split_once('"')?.1,
    };
    Some((pin.to_owned(), newest.split('"').next()?.to_owned()))
}

/// Writes each file of a folder anew; those of which nothing is left are taken away.
fn each_file(folder: &Path, change: &dyn Fn(&str) -> Option<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("readable").path();
        let text = fs::read_to_string(&path).expect("a text");
        match change(&text) {
            Some(text) => fs::write(&path, text).expect("written"),
            None => fs::remove_file(&path).expect("taken away"),
        }
    }
}
