//! Registries on the web: known by an authority of one's own, and those that are broken or mean ill.

use std::fs;
use std::path::Path;

use metode_server::bundle::{BUNDLE_LIMIT, Key};

use crate::authority::{Authority, plain, shown};
use crate::desk::{Desk, Said, copy};
use crate::everything;
use crate::serving::{Web, answer, file_of};

/// A desk with a published version, and an installation that has the engine's texts and nothing else.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.published("1.0.0");
    copy(&desk.path("definitions/texts"), &desk.path("empty/texts"));
    desk
}

fn install(desk: &Desk, registry: &str, more: &[&str]) -> Said {
    let here = ["--data", "data", "--definitions", "empty"];
    let fixed = [
        "install",
        "demo",
        "--registry",
        registry,
        "--trust",
        "owner.key.pub",
    ];
    desk.run(&[&fixed, &here[..], more].concat())
}

/// Installs, which must fail with these words and change nothing.
fn refused(desk: &Desk, registry: &str, more: &[&str], words: &str) {
    let before = everything(&desk.path("data"));
    let said = install(desk, registry, more);
    assert!(!said.fine && said.err.contains(words), "{words}: {said:?}");
    assert!(
        everything(&desk.path("data")) == before,
        "{words}: something was written"
    );
}

#[test]
fn a_registry_is_known_by_an_authority_of_ones_own() {
    let desk = desk();
    let authority = Authority::new();
    let folder = desk.path("bundles");
    let files = |folder: &Path| {
        let folder = folder.to_owned();
        move |file: &str| file_of(&folder, file)
    };
    let web = Web::answering("https", authority.greeting(false), files(&folder));
    refused(
        &desk,
        web.address(),
        &[],
        "invalid peer certificate: UnknownIssuer",
    );
    let other = shown(&Authority::new().ca());
    refused(&desk, web.address(), &["--ca", &other], "No such file");
    let other = Authority::new();
    refused(
        &desk,
        web.address(),
        &["--ca", &shown(&other.ca())],
        "invalid peer certificate",
    );
    let ca = shown(&authority.ca());
    let said = install(&desk, web.address(), &["--ca", &ca]);
    assert!(
        said.fine && said.out.starts_with("demo@1.0.0 is installed"),
        "{said:?}"
    );

    // One that asks in turn who it is that comes. Whom it does not let in may hear why, or only that the connection is closed.
    fs::remove_dir_all(desk.path("data")).unwrap();
    let web = Web::answering("https", authority.greeting(true), files(&folder));
    refused(&desk, web.address(), &["--ca", &ca], "index.txt`: ");
    let (certificate, key) = other.certificate("kommune");
    let foreign = [
        "--ca",
        &ca,
        "--certificate",
        &shown(&certificate),
        "--key",
        &shown(&key),
    ];
    refused(&desk, web.address(), &foreign, "index.txt`: ");
    let (certificate, key) = authority.certificate("kommune");
    let (certificate, key) = (shown(&certificate), shown(&key));
    let said = install(
        &desk,
        web.address(),
        &["--ca", &ca, "--certificate", &certificate, "--key", &key],
    );
    assert!(said.fine, "{said:?}");
}

#[test]
fn certificates_that_cannot_be_used_are_told_at_once() {
    let desk = desk();
    let authority = Authority::new();
    let (certificate, key) = authority.certificate("a");
    let (_, other) = authority.certificate("b");
    let file = |path: &Path| shown(path);
    let (ca, certificate, key, other) = (
        file(&authority.ca()),
        file(&certificate),
        file(&key),
        file(&other),
    );
    fs::write(
        desk.path("broken.pem"),
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    let registry = "https://127.0.0.1:1/";
    for (more, words) in [
        (vec!["--ca", "nowhere.pem"], "`nowhere.pem`: "),
        (vec!["--ca", &key], "holds no certificate (PEM)"),
        (vec!["--ca", "broken.pem"], "`broken.pem`: "),
        (vec!["--certificate", &certificate], "--key <FILE>"),
        (
            vec!["--certificate", &certificate, "--key", &ca],
            "holds no secret key (PEM, without a password)",
        ),
        (
            vec!["--certificate", &certificate, "--key", &other],
            "does not fit the certificate in",
        ),
    ] {
        refused(&desk, registry, &more, words);
    }
}

#[test]
fn what_a_registry_gives_is_taken_whole_or_not_at_all() {
    let desk = desk();
    let bytes = fs::read(desk.path("bundles/demo-1.0.0.bundle")).unwrap();
    let giving = |body: Vec<u8>, length: usize| {
        Web::answering("http", plain(), move |file| match file {
            "index.txt" => answer("200 OK", 18, b"demo-1.0.0.bundle\n"),
            _ => answer("200 OK", length, &body),
        })
    };
    let length = bytes.len();
    let web = giving(bytes[..length - 9].to_vec(), length);
    refused(&desk, web.address(), &[], "demo-1.0.0.bundle`: ");
    let web = giving(bytes[..length - 9].to_vec(), length - 9);
    refused(&desk, web.address(), &[], "is not as it was signed");
    let large = usize::try_from(BUNDLE_LIMIT).unwrap() + 1;
    let web = giving(vec![b' '; large], large);
    refused(
        &desk,
        web.address(),
        &[],
        "has more than 64 MB, which is more than is read",
    );
    fs::write(desk.path("large.bundle"), vec![b' '; large]).unwrap();
    let said = desk.run(&["verify", "large.bundle"]);
    assert!(!said.fine && said.err.contains("has more than 64 MB"), "{said:?}");
    let web = Web::answering("http", plain(), |_| answer("500 Failed", 0, &[]));
    refused(&desk, web.address(), &[], "index.txt`: ");
    refused(&desk, "http://127.0.0.1:1/", &[], "127.0.0.1:1/index.txt`: ");
    refused(&desk, "nowhere", &[], "`nowhere`: ");
    let web = Web::answering("http", plain(), |file| match file {
        "index.txt" => answer("200 OK", 14, b"<html> </html>"),
        _ => answer("404 Not found", 0, &[]),
    });
    refused(&desk, web.address(), &[], "it lists no bundle at all");
    // A list without end is not gone through to its end.
    let web = Web::answering("http", plain(), |file| match file {
        "index.txt" => {
            let names: String = (0..100_000)
                .map(|patch| format!("demo-1.0.{patch}.bundle\n"))
                .collect();
            answer("200 OK", names.len(), names.as_bytes())
        }
        _ => answer("404 Not found", 0, &[]),
    });
    refused(&desk, web.address(), &[], "99980 older ones were not tried");
    let web = giving(bytes, length);
    assert!(install(&desk, web.address(), &[]).fine);
}

#[test]
fn what_is_signed_and_still_means_ill_is_refused() {
    let desk = desk();
    let key = Key::read(&desk.path("owner.key")).unwrap();
    let bytes = fs::read(desk.path("bundles/demo-1.0.0.bundle")).unwrap();
    let good = metode_server::bundle::read("good", &bytes).unwrap().bundle;
    let folder = desk.path("ill");
    fs::create_dir(&folder).unwrap();
    let put = |path: &str, text: String| {
        let mut bad = good.clone();
        bad.files.insert(path.to_owned(), text);
        fs::write(folder.join("demo-1.0.0.bundle"), bad.sign(&key).unwrap()).unwrap();
    };
    for path in [
        "../x.yaml",
        "/etc/x.yaml",
        "methods/demo/1.0.0/../../../../x.yaml",
        "methods/demo/1.0.0//x.yaml",
        "methods/demo/1.0.0/forms\\..\\x.yaml",
        "methods/demo/1.0.0/.hidden.yaml",
        "methods/demo/1.0.00/x.yaml",
        "methods/other/1.0.0/method.yaml",
        "texts/en.yaml",
        "lock.yaml",
    ] {
        put(path, "x: 1\n".to_owned());
        refused(&desk, "ill", &[], "which is no part of `demo@1.0.0`");
    }
    // What unfolds to more than it is, nests without end, or is more than a person writes.
    let inside = "methods/demo/1.0.0/forms/bomb.yaml";
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (inner, outer) in "abcdefghi".chars().zip("bcdefghij".chars()) {
        bomb += &format!("{outer}: &{outer} [*{inner}, *{inner}, *{inner}, *{inner}, *{inner}, *{inner}]\n");
    }
    put(inside, bomb);
    refused(&desk, "ill", &[], "bomb.yaml:1:");
    put(inside, "[".repeat(1 << 20));
    refused(&desk, "ill", &[], "bomb.yaml:1:");
    put(inside, format!("form: x\nhelp: {}\n", "x".repeat(40 << 20)));
    refused(&desk, "ill", &[], "MB");
    // Under another's name.
    fs::remove_file(folder.join("demo-1.0.0.bundle")).unwrap();
    fs::write(folder.join("demo-9.0.0.bundle"), &bytes).unwrap();
    refused(&desk, "ill", &[], "demo-9.0.0.bundle` holds `demo@1.0.0`");
}
