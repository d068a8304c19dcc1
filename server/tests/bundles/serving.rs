//! A folder on the web, and a `metode serve` of its own.
#![expect(clippy::unwrap_used, reason = "a test without its material must fail")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::authority::{Greeting, Stream, plain};
use crate::desk::Desk;

/// A web server on this machine.
pub struct Web {
    address: String,
}

impl Web {
    /// Gives the files of a folder and knows nothing else.
    pub fn of(folder: &Path) -> Self {
        let folder = folder.to_owned();
        Self::answering("http", plain(), move |file| file_of(&folder, file))
    }

    /// Speaks to those who connect in this way, and answers for each file with these bytes.
    pub fn answering(
        scheme: &str,
        greeting: Greeting,
        answer: impl Fn(&str) -> Vec<u8> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("{scheme}://{}/", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // Whoever is not let in, or has heard enough, hears nothing more.
                let _ = serve(greeting(stream.unwrap()), &answer);
            }
        });
        Self { address }
    }

    pub fn address(&self) -> &str {
        &self.address
    }
}

/// A file as a plain web server answers with it.
pub fn file_of(folder: &Path, file: &str) -> Vec<u8> {
    match fs::read(folder.join(file)) {
        Ok(body) => answer("200 OK", body.len(), &body),
        Err(_) => answer("404 Not Found", 0, &[]),
    }
}

/// An answer with a body that it says is so long.
pub fn answer(status: &str, length: usize, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn serve(stream: Box<dyn Stream>, answer: &impl Fn(&str) -> Vec<u8>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let file = first.split(' ').nth(1).unwrap_or("/").trim_start_matches('/');
    let mut stream = reader.into_inner();
    stream.write_all(&answer(file))?;
    stream.flush()
}

/// A running server; it ends with the test.
pub struct Running {
    child: Child,
    address: String,
}

/// Starts `metode serve`.
pub fn server(desk: &Desk, data: &str, definitions: &str, more: &[&str]) -> Running {
    let arguments = [
        "serve",
        "--data",
        data,
        "--definitions",
        definitions,
        "--listen",
        "127.0.0.1:0",
    ];
    let mut command = desk.command(&[&arguments, more].concat());
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
