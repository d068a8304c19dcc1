//! A folder on the web, and a `metode serve` of its own.
#![expect(clippy::unwrap_used, reason = "a test without its material must fail")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::desk::Desk;

/// A web server that gives the files of a folder and knows nothing else.
pub struct Web {
    address: String,
}

impl Web {
    pub fn of(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let folder = folder.to_owned();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let first = lines.next().unwrap().unwrap();
                while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
                let file = first.split(' ').nth(1).unwrap().trim_start_matches('/');
                let (status, body) = match fs::read(folder.join(file)) {
                    Ok(body) => ("200 OK", body),
                    Err(_) => ("404 Not Found", Vec::new()),
                };
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
            }
        });
        Self { address }
    }

    pub fn address(&self) -> &str {
        &self.address
    }
}

/// A running server; it ends with the test.
pub struct Running {
    child: Child,
    address: String,
}

/// Starts `metode serve`.
pub fn server(desk: &Desk, data: &str, definitions: &str) -> Running {
    let arguments = [
        "serve",
        "--data",
        data,
        "--definitions",
        definitions,
        "--listen",
        "127.0.0.1:0",
    ];
    let mut command = desk.command(&arguments);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut address = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut address)
        .unwrap();
    let address = address.trim().trim_end_matches('/').to_owned();
    assert!(
        address.starts_with("http://"),
        "the server does not start: {address}"
    );
    Running { child, address }
}

impl Running {
    /// A page.
    pub fn get(&self, path: &str) -> String {
        let mut text = String::new();
        let mut answer = ureq::get(format!("{}{path}", self.address)).call().unwrap();
        answer.body_mut().as_reader().read_to_string(&mut text).unwrap();
        text
    }

    /// Waits until a page holds some words.
    pub fn until(&self, path: &str, words: &str) {
        let begun = Instant::now();
        while !self.get(path).contains(words) {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "{path} never shows {words}"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Posts a form, which must succeed; the address that it leads to.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let agent: ureq::Agent = ureq::Agent::config_builder().max_redirects(0).build().into();
        let request = agent
            .post(format!("{}{path}", self.address))
            .header("origin", &self.address);
        let answer = request.send_form(fields.iter().copied()).unwrap();
        assert_eq!(answer.status(), 303);
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    /// Stops the server.
    pub fn stop(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
