//! A command that is killed has done all of its work or none of it.
#![expect(clippy::unwrap_used, reason = "a test without its material must fail")]

use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Instant;

use super::desk::{Desk, copy};

/// How often each command is killed.
const KILLS: u32 = 20;

/// Kills a command at another moment each time, from its beginning to its end; `undo` brings back what was before.
fn kill(desk: &Desk, command: &[&str], undo: &dyn Fn(), judge: &dyn Fn()) {
    let begun = Instant::now();
    let said = desk.run(command);
    assert!(said.fine, "{said:?}");
    let whole = begun.elapsed();
    for time in 0..KILLS {
        undo();
        let quiet = || Stdio::null();
        let mut child = desk
            .command(command)
            .stdout(quiet())
            .stderr(quiet())
            .spawn()
            .unwrap();
        sleep(whole * time / KILLS);
        let _ = child.kill();
        child.wait().unwrap();
        judge();
        // Once more, it is done.
        undo();
        let said = desk.run(command);
        assert!(said.fine, "{said:?}");
    }
}

#[test]
fn what_is_killed_leaves_the_definitions_as_before_or_as_after() {
    let desk = Desk::new();
    desk.published("1.0.0");
    desk.version("1.1.0", "2026-01-01", "1.0.0");
    copy(&desk.path("definitions/texts"), &desk.path("empty/texts"));
    let lock = desk.path("definitions/lock.yaml");
    let before = fs::read_to_string(&lock).unwrap();
    let gone = |path: &str| {
        let path = desk.path(path);
        let _ = if path.is_dir() {
            fs::remove_dir_all(path)
        } else {
            fs::remove_file(path)
        };
    };
    let sound = || {
        let said = desk.run(&["check"]);
        assert!(said.fine, "{said:?}");
    };

    let publish = [
        "publish",
        "definitions/methods/demo/1.1.0",
        "--key",
        "owner.key",
        "--out",
        "out",
    ];
    let undo = || {
        gone("out");
        fs::write(&lock, &before).unwrap();
    };
    kill(&desk, &publish, &undo, &|| {
        sound();
        if desk.path("out/demo-1.1.0.bundle").exists() {
            let said = desk.run(&["verify", "out/demo-1.1.0.bundle"]);
            assert!(said.fine, "{said:?}");
            // What is out is locked.
            assert!(fs::read_to_string(&lock).unwrap().contains("demo@1.1.0"));
        }
    });

    let next = [
        "next",
        "demo@1.1.0",
        "1.2.0",
        "--valid-from",
        "2027-01-01",
        "--change",
        "It",
    ];
    kill(&desk, &next, &|| gone("definitions/methods/demo/1.2.0"), &sound);

    let install = ["install", "bundles/demo-1.0.0.bundle", "--trust", "owner.key.pub"];
    let place = ["--data", "data", "--definitions", "empty"];
    let install = [install.as_slice(), &place].concat();
    let uninstall = [["uninstall", "demo@1.0.0"].as_slice(), &place].concat();
    let installed = || {
        if desk.path("data/bundles/demo-1.0.0.bundle").exists() {
            let said = desk.run(&[
                "verify",
                "data/bundles/demo-1.0.0.bundle",
                "--trust",
                "data/trusted",
            ]);
            assert!(said.fine, "{said:?}");
        }
    };
    kill(&desk, &install, &|| gone("data/bundles"), &installed);
    let again = || assert!(desk.run(&install).fine);
    again();
    kill(&desk, &uninstall, &again, &installed);
}
