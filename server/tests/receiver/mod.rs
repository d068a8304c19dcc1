//! A receiver of reports and messages that fails when it is told to.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "part of tests, each of which uses a part of it"
)]

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::authority::{Greeting, Stream, plain};

/// How long a silent receiver is silent; longer than anybody waits for it.
const SILENCE: Duration = Duration::from_secs(2);

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// 503 with `Retry-After`, nothing taken.
    Busy,
    /// 500, nothing taken.
    Fails,
    /// No answer, nothing taken.
    Silent,
    /// Taken, and no answer.
    SilentAfterTaking,
    /// Taken, and the connection closed without an answer.
    Drops,
    /// The connection closed before all was read.
    Cuts,
    /// Taken and answered, after a while.
    Slow,
}

impl Fault {
    pub const ALL: [Self; 7] = [
        Self::Busy,
        Self::Fails,
        Self::Silent,
        Self::SilentAfterTaking,
        Self::Drops,
        Self::Cuts,
        Self::Slow,
    ];
}

/// A request that was taken.
#[derive(Debug, Clone)]
pub struct Taken {
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Taken {
    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A request, taken or not.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its `idempotency-key`.
    pub key: String,
    pub at: Instant,
    pub fault: Option<Fault>,
}

type Judge = Box<dyn Fn(&Json) -> Option<Json> + Send>;

#[derive(Default)]
struct State {
    faults: VecDeque<Fault>,
    chance: Option<Box<dyn FnMut() -> Option<Fault> + Send>>,
    judge: Option<Judge>,
    taken: Vec<Taken>,
    requests: Vec<Asked>,
    injected: BTreeMap<Fault, usize>,
}

/// The receiver.
#[derive(Clone)]
pub struct Receiver {
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Receiver {
    pub fn start() -> Self {
        Self::greeting("http", plain())
    }

    /// Speaks to those who connect in this way.
    pub fn greeting(scheme: &str, greeting: Greeting) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("{scheme}://{}/", listener.local_addr().unwrap());
        let receiver = Self {
            url,
            state: Arc::default(),
        };
        let serving = receiver.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (serving, greeting) = (serving.clone(), Arc::clone(&greeting));
                // Whoever goes away in the middle is killed on purpose.
                thread::spawn(move || serving.serve(greeting(stream)));
            }
        });
        receiver
    }

    /// What goes wrong with the next requests.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().faults.extend(faults);
    }

    /// Lets requests go wrong by chance.
    pub fn chance(&self, chance: impl FnMut() -> Option<Fault> + Send + 'static) {
        self.state().chance = Some(Box::new(chance));
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        let mut state = self.state();
        state.faults.clear();
        state.chance = None;
    }

    /// Refuses what the judge gives an answer to.
    pub fn refuse(&self, judge: impl Fn(&Json) -> Option<Json> + Send + 'static) {
        self.state().judge = Some(Box::new(judge));
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.state().taken.clone()
    }

    pub fn requests(&self) -> Vec<Asked> {
        self.state().requests.clone()
    }

    /// How often each fault was injected.
    pub fn injected(&self) -> BTreeMap<Fault, usize> {
        self.state().injected.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn serve(&self, stream: Box<dyn Stream>) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let mut headers = BTreeMap::new();
        let mut line = String::new();
        while reader.read_line(&mut line).ok()? > 0 && line != "\r\n" {
            if let Some((name, value)) = line.split_once(": ") {
                headers.insert(name.to_lowercase(), value.trim().to_owned());
            }
            line.clear();
        }
        let fault = {
            let mut state = self.state();
            let fault = state.faults.pop_front().or_else(|| state.chance.as_mut()?());
            if let Some(fault) = fault {
                *state.injected.entry(fault).or_default() += 1;
            }
            let key = headers.get("idempotency-key").cloned().unwrap_or_default();
            let at = Instant::now();
            state.requests.push(Asked { key, at, fault });
            fault
        };
        if fault == Some(Fault::Cuts) {
            return None;
        }
        let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
        reader.read_exact(&mut body).ok()?;
        let mut stream = reader.into_inner();
        match fault {
            Some(Fault::Busy) => return answer(&mut stream, "503 Busy", "retry-after: 0\r\n", "{}"),
            Some(Fault::Fails) => return answer(&mut stream, "500 Failed", "", "{}"),
            Some(Fault::Silent) => {
                thread::sleep(SILENCE);
                return None;
            }
            Some(Fault::Slow) => thread::sleep(Duration::from_millis(100)),
            _ => {}
        }
        {
            let mut state = self.state();
            let json: Json = serde_json::from_slice(&body).unwrap_or_default();
            let refusal = state.judge.as_ref().and_then(|judge| judge(&json));
            if let Some(refusal) = refusal {
                drop(state);
                return answer(&mut stream, "422 Refused", "", &refusal.to_string());
            }
            state.taken.push(Taken { headers, body });
        }
        match fault {
            Some(Fault::Drops) => None,
            Some(Fault::SilentAfterTaking) => {
                thread::sleep(SILENCE);
                None
            }
            _ => answer(&mut stream, "200 OK", "", "{}"),
        }
    }
}

fn answer(stream: &mut Box<dyn Stream>, status: &str, headers: &str, body: &str) -> Option<()> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all((head + body).as_bytes()).ok()
}
