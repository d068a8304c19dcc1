//! A method owner's desk: a folder with definitions, a key, and the command line.
#![expect(clippy::unwrap_used, reason = "a test without its material must fail")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A fresh folder with a small method and keys.
pub struct Desk {
    folder: TempDir,
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub fine: bool,
    pub out: String,
    pub err: String,
}

impl Desk {
    /// With `demo@1.0.0`, ready to be published, and the keys of an owner and of somebody else.
    pub fn new() -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/refused/base");
        copy(&base, &desk.path("definitions"));
        desk.change(
            "1.0.0/method.yaml",
            "language: en\n",
            "language: en\nchanges: [The first version]\n",
        );
        for name in ["owner", "other"] {
            let said = desk.run(&["key", &format!("{name}.key"), "--owner", name]);
            assert!(said.fine, "{said:?}");
        }
        desk
    }

    pub fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    /// Runs `metode` in the folder.
    pub fn run(&self, arguments: &[&str]) -> Said {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said {
            fine: status.success(),
            out: text(stdout),
            err: text(stderr),
        }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_metode"));
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .env_remove("METODE_DEFINITIONS");
        command
    }

    /// Publishes a version with the owner's key.
    pub fn publish(&self, version: &str) -> Said {
        self.run(&[
            "publish",
            &format!("definitions/methods/demo/{version}"),
            "--key",
            "owner.key",
        ])
    }

    /// Publishes a version, which must succeed; the bundle's bytes.
    pub fn published(&self, version: &str) -> Vec<u8> {
        let said = self.publish(version);
        assert!(said.fine, "{said:?}");
        fs::read(self.path(&format!("bundles/demo-{version}.bundle"))).unwrap()
    }

    /// A version like 1.0.0 that begins on another day and follows another version.
    pub fn version(&self, version: &str, from: &str, former: &str) {
        copy(
            &self.path("definitions/methods/demo/1.0.0"),
            &self.path(&format!("definitions/methods/demo/{version}")),
        );
        let file = format!("{version}/method.yaml");
        self.change(&file, "version: 1.0.0", &format!("version: {version}"));
        self.change(
            &file,
            "valid_from: \"2025-01-01\"",
            &format!("valid_from: \"{from}\""),
        );
        self.change(&file, "[The first version]", &format!("[As of {from}]"));
        self.change(
            &format!("{version}/cases/simple.yaml"),
            "demo@1.0.0",
            &format!("demo@{version}"),
        );
        let migrations = self.path(&format!("definitions/methods/demo/{version}/migrations"));
        fs::create_dir(&migrations).unwrap();
        let text = format!("migration: {former}\nsteps: []\n");
        fs::write(migrations.join(format!("{former}.yaml")), text).unwrap();
        // A case that was begun under the former version.
        let case = self.path(&format!("definitions/methods/demo/{version}/cases"));
        let text = fs::read_to_string(case.join("simple.yaml")).unwrap();
        let text = text.replace("method:", &format!("migrated_from: demo@{former}\nmethod:"));
        fs::write(case.join("begun.yaml"), text).unwrap();
    }

    /// Changes a file of the method.
    pub fn change(&self, file: &str, from: &str, to: &str) {
        let path = self.path("definitions/methods/demo").join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} does not hold {from}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }
}

pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
