//! How many reports a second are made of saved data points and delivered: `cargo bench --bench delivery [-- CASES]`.
//!
//! Each case is one citizen's course through all phases; what is measured begins with a store that holds them all and ends
//! when the receiver has every report: in a folder, each file synced, or at an address on this machine that answers at once.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark stops at the first surprise"
)]

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use metode::case::CaseFile;
use metode::definition::Library;
use metode::emission::all_points;
use metode::source::Source;
use metode_server::app::{App, Methods};
use metode_server::casework::{Actor, What, fresh, save};
use metode_server::delivery::{Delivery, Settings, Status};
use metode_server::store::{self, Store};
use metode_server::view::Pages;
use serde_json::json;
use tempfile::TempDir;

const TEMPLATE: &str = "ffb-uddatasaet@1.0.0";

#[tokio::main]
async fn main() {
    let cases = env::args()
        .filter_map(|word| word.parse().ok())
        .next()
        .unwrap_or(500);
    let dir = TempDir::new().unwrap();
    let store = store::open(&dir.path().join("store")).unwrap();
    let folder = dir.path().join("out").display().to_string();
    let places = [("folder", folder), ("address", sink())];
    fill(&app(&store, ""), cases).await;
    println!("to       cases  data points  reports  seconds  reports/s");
    for (id, to) in places {
        let app = app(
            &store,
            &format!("reports: [{{id: {id}, template: {TEMPLATE}, to: '{to}'}}]"),
        );
        let start = Instant::now();
        Delivery::once(&app).await.unwrap();
        let seconds = start.elapsed().as_secs_f64();
        let head = app.delivery.routes[0].book(&app).head().unwrap();
        let sent = head.count(Status::Sent);
        assert_eq!(head.count(Status::Waiting) + head.count(Status::Refused), 0);
        println!(
            "{id:<8} {cases:>5} {:>12} {sent:>8} {seconds:>8.2} {:>10.0}",
            store.last().0,
            sent as f64 / seconds
        );
    }
}

fn definitions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../definitions")
}

fn app(store: &Arc<dyn Store>, settings: &str) -> Arc<App> {
    let library = Library::load(&definitions()).library;
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("delivery.yaml");
    fs::write(&file, settings).unwrap();
    let settings = if settings.is_empty() {
        Settings::default()
    } else {
        Settings::read(&file).unwrap()
    };
    Arc::new(App {
        delivery: settings.delivery(&library).unwrap(),
        methods: Methods::new(library),
        store: Arc::clone(store),
        pages: Pages::new().unwrap(),
        demo: true,
    })
}

/// Saves so many cases of citizens of their own.
async fn fill(app: &App, cases: usize) {
    let path = definitions().join("methods/vum/2.0.0/cases/mads.yaml");
    let source = Arc::new(Source {
        path: path.display().to_string(),
        text: fs::read_to_string(path).unwrap(),
    });
    let file = CaseFile::read(&app.library(), &source).unwrap();
    let actor = Actor {
        name: "Bench".to_owned(),
        page: None,
    };
    for number in 0..cases {
        let mut opened = fresh(app, &file.method.name()).unwrap();
        let id = opened.case.id.clone();
        opened.case = file.case.clone();
        opened.case.id = id;
        let mut session = opened.session("citizen").unwrap();
        session.set("cpr", json!(format!("010181{number:04}"))).unwrap();
        let answers = session.answers().clone();
        opened.keep("citizen", answers);
        opened.points = all_points(&file.world());
        opened.events.push(What::Opened {
            method: opened.case.method.clone(),
        });
        save(app, &mut opened, &actor).await.unwrap();
    }
}

/// An address that takes everything.
fn sink() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || take(stream));
        }
    });
    url
}

fn take(mut stream: TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut length = 0;
        let mut line = String::new();
        while reader.read_line(&mut line).ok()? > 0 && line != "\r\n" {
            if let Some(value) = line.to_lowercase().strip_prefix("content-length: ") {
                length = value.trim().parse().ok()?;
            }
            line.clear();
        }
        if line.is_empty() {
            return None;
        }
        reader.read_exact(&mut vec![0; length]).ok()?;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
            .ok()?;
    }
}
