//! The server is killed at random moments while people complete and correct forms and a receiver fails by chance: every
//! completion that was acknowledged reaches the receiver, and nothing reaches it as two different things.
//!
//! `METODE_KILLS` says how often; the table that is printed tells what was injected and what came of it.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod authority;
mod receiver;
mod site;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use receiver::{Asked, Fault, Receiver};
use tempfile::TempDir;
use ureq::Agent;

const METODE: &str = env!("CARGO_BIN_EXE_metode");

/// How many people work at once.
const PEOPLE: u64 = 3;

#[test]
fn what_was_acknowledged_arrives_once_however_often_the_server_is_killed() {
    let kills = env::var("METODE_KILLS").map_or(8, |kills| kills.parse().unwrap());
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let dir = TempDir::new().unwrap();
    let (reports, messages) = (Receiver::start(), Receiver::start());
    let installation = Installation::new(&dir, &reports, &messages);
    installation.begin();
    for receiver in [&reports, &messages] {
        let mut own = Random(random.next());
        receiver.chance(move || Fault::ALL.get(own.below(25) as usize).copied());
    }
    let desk = Arc::new(Mutex::new(Desk::default()));
    for _ in 0..kills {
        let mut server = installation.serve();
        let people: Vec<_> = (0..PEOPLE)
            .map(|person| {
                let (desk, url, seed) = (Arc::clone(&desk), server.url.clone(), random.next());
                thread::spawn(move || work(&desk, &url, person, Random(seed)))
            })
            .collect();
        thread::sleep(Duration::from_millis(300 + random.below(1500)));
        server.process.kill().unwrap();
        server.process.wait().unwrap();
        for person in people {
            person.join().unwrap();
        }
    }
    reports.heal();
    messages.heal();
    let start = Instant::now();
    while !installation.deliver() {
        assert!(
            start.elapsed() < Duration::from_secs(120),
            "something is never delivered"
        );
        thread::sleep(Duration::from_millis(200));
    }
    let desk = desk.lock().unwrap();
    assert!(
        desk.said.len() as u64 > kills,
        "too little was done to prove anything"
    );
    let (lost, twice) = judge_reports(&desk, &reports);
    let (unheard, differing) = judge_messages(&desk, &messages);
    println!(
        "killed {kills} times; {} completions acknowledged about {} citizens",
        desk.completions.len(),
        desk.said.len()
    );
    println!("fault                injected  recovered after (median, most)   [reports / messages]");
    for fault in Fault::ALL {
        let both = [&reports, &messages].map(|receiver| {
            let injected = receiver.injected().get(&fault).copied().unwrap_or(0);
            let (median, most) = recovery(&receiver.requests(), fault);
            format!("{injected:>5}  {median:>7.3} s {most:>7.3} s")
        });
        println!("{:<18} {}  / {}", format!("{fault:?}"), both[0], both[1]);
    }
    let requests = [&reports, &messages].map(|receiver| (receiver.requests().len(), receiver.taken().len()));
    println!("requests and taken, repetitions included: {requests:?}");
    println!(
        "reports: {lost} lost, {twice} twice with different content or id; messages: {unheard} lost, {differing} twice with different content or id"
    );
    assert_eq!((lost, twice, unheard, differing), (0, 0, 0, 0));
}

/// What people did.
#[derive(Default)]
struct Desk {
    /// By citizen, what was acknowledged last, and what was being said when the server was killed.
    said: BTreeMap<String, Said>,
    /// The responses whose completion was acknowledged.
    completions: BTreeSet<String>,
    /// The forms that can be corrected, with their citizen.
    forms: Vec<(String, String)>,
    next: u64,
}

#[derive(Default)]
struct Said {
    known: Option<String>,
    maybe: Vec<String>,
}

/// One person's work until the server is gone: a new case, or the correction of a form that nobody else holds.
fn work(desk: &Mutex<Desk>, url: &str, person: u64, mut random: Random) -> Option<()> {
    let agent: Agent = Agent::config_builder()
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(10)))
        .build()
        .into();
    let post = |path: &str, pairs: &[(&str, &str)]| -> Option<String> {
        let request = agent.post(format!("{url}{path}")).header("origin", url);
        let response = request.send_form(pairs.iter().copied()).ok()?;
        let location = response.headers().get("location")?.to_str().ok()?.to_owned();
        (response.status() == 303).then_some(location)
    };
    loop {
        let (citizen, number, former) = {
            let mut desk = desk.lock().unwrap();
            desk.next += 1;
            let number = desk.next;
            let count = desk.forms.len() as u64;
            let former = (count > 0 && random.below(2) == 0).then(|| {
                let place = random.below(count) as usize;
                desk.forms.swap_remove(place)
            });
            match former {
                Some((form, citizen)) => (citizen, number, Some(form)),
                None => (format!("01018{number:05}"), number, None),
            }
        };
        let form = match former {
            Some(former) => post(&format!("{former}/correct"), &[])?,
            None => {
                let name = format!("S-{number}");
                let facts = [
                    ("method", "prove@1.0.0"),
                    ("a:citizen.cpr", &citizen),
                    ("a:case.number", &name),
                ];
                let case = post("/cases/new", &facts)?;
                post(&format!("{case}/responses"), &[("form", "aabning")])?
            }
        };
        let reason = format!("{person}-{number}");
        let say = |desk: &Mutex<Desk>, done: bool| {
            let mut desk = desk.lock().unwrap();
            let said = desk.said.entry(citizen.clone()).or_default();
            said.maybe.push(reason.clone());
            if done {
                said.known = said.maybe.pop();
                said.maybe.clear();
                desk.completions
                    .insert(form.rsplit('/').next().unwrap().to_owned());
                desk.forms.push((form.clone(), citizen.clone()));
            }
        };
        if post(
            &format!("{form}/complete"),
            &[("revision", "99"), ("a:aarsag", &reason)],
        )
        .is_none()
        {
            say(desk, false);
            return None;
        }
        say(desk, true);
    }
}

/// How many citizens' last acknowledged reason the receiver does not have, and how many reports it has as two things.
fn judge_reports(desk: &Desk, receiver: &Receiver) -> (usize, usize) {
    let mut by_id: HashMap<String, Vec<u8>> = HashMap::new();
    let mut by_content: HashMap<String, String> = HashMap::new();
    let mut last: BTreeMap<String, String> = BTreeMap::new();
    let mut twice = 0;
    for taken in receiver.taken() {
        let report = taken.json();
        let id = report["id"].to_string();
        let content = format!("{} {} {}", report["borger"], report["at"], report["dele"]);
        twice += usize::from(
            by_content
                .insert(content, id.clone())
                .is_some_and(|other| other != id),
        );
        match by_id.insert(id, taken.body.clone()) {
            Some(former) => twice += usize::from(former != taken.body),
            None => {
                let reason = report["dele"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .find_map(|part| part["aarsag"].as_str());
                last.insert(
                    report["borger"].as_str().unwrap().to_owned(),
                    reason.unwrap().to_owned(),
                );
            }
        }
    }
    let arrived = |(citizen, said): &(&String, &Said)| match (&said.known, last.get(*citizen)) {
        (None, None) => true,
        (known, Some(reason)) => known.as_ref() == Some(reason) || said.maybe.contains(reason),
        _ => false,
    };
    (desk.said.iter().filter(|said| !arrived(said)).count(), twice)
}

/// How many acknowledged completions no message told of, and how many were told of as two things.
fn judge_messages(desk: &Desk, receiver: &Receiver) -> (usize, usize) {
    let mut told: HashMap<String, Vec<u8>> = HashMap::new();
    let mut differing = 0;
    for taken in receiver.taken() {
        let response = taken.json()["data"]["response"].as_str().unwrap().to_owned();
        differing += usize::from(
            told.insert(response, taken.body.clone())
                .is_some_and(|other| other != taken.body),
        );
    }
    (
        desk.completions
            .iter()
            .filter(|response| !told.contains_key(*response))
            .count(),
        differing,
    )
}

/// From a fault to the next undisturbed request for the same thing, in seconds: the median and the most.
fn recovery(requests: &[Asked], fault: Fault) -> (f64, f64) {
    let mut waits: Vec<f64> = Vec::new();
    for (place, failed) in requests
        .iter()
        .enumerate()
        .filter(|(_, asked)| asked.fault == Some(fault))
    {
        let rest = &requests[place + 1..];
        let next = rest
            .iter()
            .find(|asked| asked.key == failed.key && asked.fault.is_none());
        waits.extend(next.map(|next| (next.at - failed.at).as_secs_f64()));
    }
    waits.sort_by(f64::total_cmp);
    let median = waits.get(waits.len() / 2).copied().unwrap_or_default();
    (median, waits.last().copied().unwrap_or_default())
}

/// What the server runs on.
struct Installation {
    definitions: std::path::PathBuf,
    data: std::path::PathBuf,
    settings: std::path::PathBuf,
    secret: std::path::PathBuf,
}

struct Server {
    process: Child,
    url: String,
}

impl Installation {
    fn new(dir: &TempDir, reports: &Receiver, messages: &Receiver) -> Self {
        let at = |name: &str| dir.path().join(name);
        let installation = Self {
            definitions: site::definitions(dir.path()),
            data: at("data"),
            settings: at("delivery.yaml"),
            secret: at("secret"),
        };
        std::fs::write(&installation.secret, "a secret of thirty-two letters or more").unwrap();
        let common = "timeout_seconds: 0.5, retry: {first_seconds: 0.05, most_seconds: 0.5}";
        let settings = format!(
            "reports:\n- {{template: proeve@1.0.0, to: '{}', {common}}}\nevents:\n- {{id: bi, to: '{}', secret: {{file: '{}'}}, attempts: 1000, {common}}}\n",
            reports.url,
            messages.url,
            installation.secret.display()
        );
        std::fs::write(&installation.settings, settings).unwrap();
        installation
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(METODE);
        let option = |command: &mut Command, name: &str, path: &Path| {
            command.arg(name).arg(path);
        };
        command.arg(name).env("METODE_LOG", "error");
        option(&mut command, "--data", &self.data);
        option(&mut command, "--definitions", &self.definitions);
        option(&mut command, "--delivery", &self.settings);
        command
    }

    /// Has the subscription begin, so that it gets all messages.
    fn begin(&self) {
        assert!(self.deliver());
    }

    fn serve(&self) -> Server {
        let mut command = self.command("serve");
        command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line.trim().trim_end_matches('/').to_owned();
        assert!(url.starts_with("http://"), "the server did not start");
        Server { process, url }
    }

    /// Delivers what is due; whether nothing is left.
    fn deliver(&self) -> bool {
        self.command("deliver")
            .stdout(Stdio::null())
            .status()
            .unwrap()
            .success()
    }
}

/// Numbers that look random and are the same for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}
