//! A site with a small method, and a browser without a screen.
#![allow(dead_code, reason = "each test uses a part of it")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

pub mod work;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use metode::definition::Library;
use metode_server::app::{App, Methods};
use metode_server::delivery::{Delivery, Settings};
use metode_server::view::Pages;
use metode_server::{routes, store};
use tempfile::TempDir;
use tokio::sync::watch;
use tower::ServiceExt;

const HOST: &str = "127.0.0.1:8330";

const METHOD: &str = r#"
method: prove
version: 1.0.0
title: Prøvemetoden
language: da
valid_from: "2020-01-01"
namespace: 3b8e1d3e-6a53-4a53-9d0a-3a3d3c1f2a11
roles: [{id: sagsbehandler, title: Sagsbehandler}]
catalogues: {prove: "1"}
phases: [{id: aabning, title: Åbning}, {id: vurdering, title: Vurdering}]
case:
  title: number
  fields:
    - {id: number, label: Sagsnummer, type: text, require_if: "true"}
citizen:
  title: name
  fields:
    - {id: name, label: Navn, type: text, confidential: true}
    - {id: cpr, label: CPR-nummer, type: text, confidential: true}
"#;

const OPENING: &str = r#"
form: aabning
phase: aabning
title: Åbning
filled_by: [sagsbehandler]
sections:
  - id: alt
    title: Alt
    fields:
      - {id: aarsag, label: Årsag, type: text, require_if: "true"}
      - {id: vaerge, label: Værge, type: yes_no}
      - {id: vaergens_navn, label: Værgens navn, type: text, show_if: vaerge = true}
      - {id: start, label: Start, type: date}
      - {id: slut, label: Slut, type: date}
      - id: pris
        label: Pris
        type: money
        constraints:
          - {rule: pris < 1000, message: Prisen er høj., severity: warning}
      - id: maal
        label: Mål
        type: group
        row_label: Mål
        row_title: tekst
        fields:
          - {id: tekst, label: Tekst, type: text}
"#;

const ASSESSMENT: &str = r#"
form: vurdering
phase: vurdering
title: Vurdering
filled_by: [sagsbehandler]
sections:
  - id: alt
    title: Alt
    fields:
      - {id: aarsag, carry: {from: aabning.aarsag}}
"#;

const NEEDS: &str = r#"
form: behov
title: "Behov: {phase}"
status: status
received: [modtaget]
spent: minutter
columns: {minutes: prove.status}
sections:
  - id: alt
    title: Alt
    fields:
      - id: behov
        label: Behov
        type: group
        for_each: needs
        as: et
        fields:
          - id: status
            label: Status
            type: choice
            options: prove.status
            value: if modtaget != null then "modtaget" else "mangler"
          - {id: modtaget, label: Modtaget den, type: date}
          - {id: kilde, label: Kilde, type: text, confidential: true}
          - {id: minutter, label: Minutter, type: number}
needs:
  - {id: attest, title: Lægeattest, phases: [aabning, vurdering], purpose: Helbredet, minutes: {modtaget: 20}}
  - {id: vaergebevis, title: Værgebevis, phases: [vurdering], if: aabning.vaerge = true, minutes: {modtaget: 5}}
"#;

const STATUS: &str = r#"
catalogue: prove
edition: "1"
list: status
title: Status
concepts: [{code: mangler, label: Mangler}, {code: modtaget, label: Modtaget}]
"#;

const POINTS: &str = r#"
words: {stand: Sagens stand, aaben: Åben}
data_points:
  - type: aarsag
    title: Årsag
    on: aabning
    identity: '"aarsag"'
    dated: response.completed
    answer: '"aarsag"'
    attributes: {aarsag: aarsag, stand: '"aaben"', foerste: 'maal.id[1]'}
"#;

const REPORT: &str = r#"
report: proeve
version: 1.0.0
title: Prøveindberetning
namespace: 0f3ac0cf-5a1c-4b0e-9a53-3a3d3c1f2a22
free_text: true
delivery:
  media_type: application/json
  answers: {issues: /problems, message: /says, path: /at, code: /code}
sees: {case: [number], citizen: [cpr], identifiers: [case.number]}
about: citizen.cpr
parts:
  - part: borger
    id: '"borger"'
    content: {cpr: = citizen.cpr}
    constraints:
      - {rule: 'if matches(citizen.cpr, "^[0-9]{10}$") then true else false', message: CPR-nummeret mangler.}
  - part: aarsag
    for: {aarsag: points("aarsag")}
    of: aarsag
    id: aarsag.id
    root: changed
    content: {id: = id, sag: '= cases[item.id = aarsag.case][1].number', aarsag: = aarsag.aarsag, fejl: = aarsag.entered_in_error, borger: {refer: '"borger"'}}
body:
  id: = report.id
  at: = string(report.at)
  borger: = report.about
  dele: [{parts: = content}]
"#;

/// A site, seen by one of the fictive people.
pub struct Site {
    /// What the pages are made of.
    pub app: Arc<App>,
    router: Router,
    user: usize,
    /// Where its files are.
    pub data: Arc<TempDir>,
    _stop: Arc<watch::Sender<bool>>,
}

/// What a page answered.
pub struct Page {
    /// Status.
    pub status: StatusCode,
    /// Body as text.
    pub body: String,
    headers: HeaderMap,
}

impl Page {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn location(&self) -> String {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.header("location").to_owned()
    }

    /// The value of the first hidden control of this name.
    pub fn value(&self, name: &str) -> String {
        let rest = self
            .body
            .split(&format!("name=\"{name}\" value=\""))
            .nth(1)
            .unwrap();
        rest.split('"')
            .next()
            .unwrap()
            .replace("&#x2f;", "/")
            .replace("&lt;", "<")
    }
}

/// Writes the small method and its report into a folder.
pub fn definitions(folder: &Path) -> PathBuf {
    let definitions = folder.join("definitions");
    let write = |path: &str, text: &str| {
        let path = definitions.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("methods/prove/1.0.0/method.yaml", METHOD);
    write("methods/prove/1.0.0/forms/aabning.yaml", OPENING);
    write("methods/prove/1.0.0/forms/vurdering.yaml", ASSESSMENT);
    write("methods/prove/1.0.0/emissions/alt.yaml", POINTS);
    write("methods/prove/1.0.0/needs.yaml", NEEDS);
    write("catalogues/prove/1/status.yaml", STATUS);
    write("reports/proeve/1.0.0/template.yaml", REPORT);
    // The same, a report for each reason.
    let each = REPORT
        .replace("report: proeve", "report: hver")
        .replace("    for: {aarsag: points(\"aarsag\")}\n", "")
        .replace(
            "parts:\n",
            "per: {for: {aarsag: points(\"aarsag\")}, key: aarsag.id}\nparts:\n",
        );
    write("reports/hver/1.0.0/template.yaml", &each);
    // The same, a report for each response, whose text it tells.
    let orders = REPORT
        .replace("report: proeve", "report: ordre")
        .replace("    for: {aarsag: points(\"aarsag\")}\n", "")
        .replace("of: aarsag", "of: o")
        .replace("id: aarsag.id", "id: o.id")
        .replace("aarsag.case", "o.case")
        .replace("= aarsag.aarsag", "= r.aarsag")
        .replace("= aarsag.entered_in_error", "= o.entered_in_error")
        .replace(
            "parts:\n  - part: borger",
            "per:\n  for: {o: 'points(\"aarsag\")[changed]', r: 'responses(\"aabning\")[item.response.id = o.response]'}\n  key: o.case\nparts:\n  - part: borger",
        );
    write("reports/ordre/1.0.0/template.yaml", &orders);
    let texts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../definitions/texts/da.yaml");
    write("texts/da.yaml", &fs::read_to_string(texts).unwrap());
    definitions
}

/// The revision that a page knows.
pub fn number(page: &str) -> String {
    page.split("name=\"revision\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned()
}

/// Awaits everything at once.
pub async fn all<T: Future>(calls: impl IntoIterator<Item = T>) -> Vec<T::Output> {
    let mut pending: Vec<_> = calls.into_iter().map(Box::pin).map(Some).collect();
    let mut done: Vec<Option<T::Output>> = pending.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (call, result) in pending.iter_mut().zip(&mut done) {
            if let Some(future) = call
                && let std::task::Poll::Ready(output) = future.as_mut().poll(context)
            {
                *result = Some(output);
                *call = None;
            }
        }
        if pending.iter().all(Option::is_none) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

impl Site {
    pub fn new() -> Self {
        Self::delivering(|_| String::new())
    }

    /// A site that delivers as settings say, which may name its folder.
    pub fn delivering(settings: impl FnOnce(&Path) -> String) -> Self {
        let data = tempfile::tempdir().unwrap();
        let definitions = definitions(data.path());
        let loaded = Library::load(&definitions);
        assert!(
            loaded.diagnostics.is_empty(),
            "{}",
            metode::diagnostic::render(&loaded.diagnostics)
        );
        let store = store::open(&data.path().join("store")).unwrap();
        let settings = settings(data.path());
        let delivery = if settings.is_empty() {
            Delivery::default()
        } else {
            let file = data.path().join("delivery.yaml");
            fs::write(&file, settings).unwrap();
            Settings::read(&file).unwrap().delivery(&loaded.library).unwrap()
        };
        let app = Arc::new(App {
            methods: Methods::new(loaded.library),
            store,
            pages: Pages::new().unwrap(),
            demo: true,
            delivery,
        });
        let (stop, stopping) = watch::channel(false);
        Delivery::start(&app, &stopping).detach_all();
        Self {
            router: routes::router(Arc::clone(&app)),
            app,
            user: 0,
            data: Arc::new(data),
            _stop: Arc::new(stop),
        }
    }

    /// Puts `prove@2.0.0` beside the method: like 1.0.0, with these changes of the form `aabning` and this migration.
    pub fn second_version(&self, changes: &[(&str, &str)], migration: Option<&str>) {
        let definitions = self.data.path().join("definitions");
        let folder = definitions.join("methods/prove/2.0.0");
        let write = |path: &str, text: &str| {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let head = METHOD.replace("version: 1.0.0", "version: 2.0.0\nchanges: [Kortere skema]");
        write("method.yaml", &head.replace("2020-01-01", "2021-01-01"));
        let mut form = OPENING.to_owned();
        for (from, to) in changes {
            assert!(form.contains(from), "{from}");
            form = form.replace(from, to);
        }
        write("forms/aabning.yaml", &form);
        // What reads a field that is renamed reads the new one.
        let renamed = |text: &str| match form.contains("id: grund,") {
            true => text
                .replace("aabning.aarsag", "aabning.grund")
                .replace("{aarsag: aarsag,", "{aarsag: grund,"),
            false => text.to_owned(),
        };
        write("forms/vurdering.yaml", &renamed(ASSESSMENT));
        write("emissions/alt.yaml", &renamed(POINTS));
        write("needs.yaml", NEEDS);
        if let Some(migration) = migration {
            write("migrations/1.0.0.yaml", migration);
        }
        let loaded = Library::load(&definitions);
        let told = metode::diagnostic::render(&loaded.diagnostics);
        assert!(loaded.diagnostics.is_empty(), "{told}");
        self.app.methods.replace(loaded.library);
    }

    /// The folder in which everything of the site stands.
    pub fn folder(&self) -> &str {
        self.data.path().to_str().unwrap()
    }

    /// The same site, seen by another.
    pub fn as_user(&self, user: usize) -> Self {
        Self {
            app: Arc::clone(&self.app),
            router: self.router.clone(),
            user,
            data: Arc::clone(&self.data),
            _stop: Arc::clone(&self._stop),
        }
    }

    /// Opens a case; its address.
    pub async fn case(&self) -> String {
        self.case_about("S-1", "0101814321").await
    }

    /// Opens a case with this number about the citizen with that one; its address.
    pub async fn case_about(&self, number: &str, cpr: &str) -> String {
        let facts = [
            ("method", "prove@1.0.0"),
            ("a:citizen.name", "Mads Prøve"),
            ("a:citizen.cpr", cpr),
            ("a:case.number", number),
        ];
        self.post("/cases/new", &facts).await.location()
    }

    /// Opens a case and begins a form in it; the form's address. The case is at revision 2 then.
    pub async fn begin(&self, form: &str) -> String {
        let case = self.case().await;
        self.post(&format!("{case}/responses"), &[("form", form)])
            .await
            .location()
    }

    pub async fn get(&self, path: &str) -> Page {
        self.send(self.request("GET", path).body(Body::empty()).unwrap())
            .await
    }

    pub async fn post(&self, path: &str, pairs: &[(&str, &str)]) -> Page {
        let request = self
            .request("POST", path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(encoded(pairs))).unwrap()).await
    }

    /// Posts as the script does.
    pub async fn script(&self, path: &str, pairs: &[(&str, &str)]) -> Page {
        let request = self
            .request("POST", path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json");
        self.send(request.body(Body::from(encoded(pairs))).unwrap()).await
    }

    pub async fn answer(&self, form: &str, revision: u64, path: &str, values: &[&str]) -> Page {
        let revision = revision.to_string();
        let mut pairs = vec![("revision", revision.as_str()), ("path", path)];
        pairs.extend(values.iter().map(|value| ("value", *value)));
        self.script(&format!("{form}/answers"), &pairs).await
    }

    /// Posts as a page of another site would.
    pub async fn foreign(&self, path: &str) -> Page {
        let request = Request::post(path)
            .header(header::HOST, HOST)
            .header(header::ORIGIN, "https://evil.example")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from("do=save")).unwrap()).await
    }

    fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, HOST)
            .header(header::ORIGIN, format!("http://{HOST}"))
            .header(header::COOKIE, format!("metode_actor={}", self.user))
    }

    async fn send(&self, request: Request<Body>) -> Page {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Page {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    let escape = |text: &str| -> String {
        text.bytes()
            .map(|byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            })
            .collect()
    };
    pairs
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
        .collect::<Vec<_>>()
        .join("&")
}
