//! From saved data points to reports. What is made is saved together with how far the outbox has been read, so that
//! nothing is made twice and nothing left out.

use std::collections::btree_map::Entry::Vacant;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use metode::definition::Library;
use metode::emission::DataPoint;
use metode::report::{self, History, Origin, Report, Template};
use metode::value::DateTime;
use uuid::Uuid;

use super::book::{Book, Kept, Link, Step};
use super::entry::{Entry, Status};
use super::fold::fold;
use super::route::Route;
use super::trace::Issue;
use super::whom::Whom;
use crate::app::App;
use crate::casework::{self, Opened};
use crate::clock::{self, Moment};
use crate::events;
use crate::routes::WebError;
use crate::store::{CaseId, StoreError};

/// How many data points one step reads.
const CHUNK: usize = 200;

/// A step with more bytes than this is made smaller.
const STEP_BYTES: usize = 8 << 20;

/// What people are told of a case that cannot be understood; why, stands in the log.
const UNREADABLE: &str = "En sag om borgeren kan ikke læses. Giv besked til den, der driver systemet.";

/// A step, with the reports that are new or changed by it.
pub(super) struct Collected {
    pub(super) step: Step,
    pub(super) entries: Vec<Entry>,
}

/// Makes reports of the next data points of the outbox, and of cases whose facts changed; none when all have been read.
pub(super) fn next(app: &App, route: &Route, book: &Book) -> Result<Option<Collected>, StoreError> {
    let mut limit = CHUNK;
    loop {
        let mut work = Work::new(app, route, book)?;
        let news = app.store.outbox(work.step.head.cursor, limit)?;
        let told = app.store.notices(work.step.head.facts, limit)?;
        if news.is_empty() && told.is_empty() {
            return Ok(None);
        }
        if let Some((last, _, _)) = news.last() {
            work.step.head.cursor = *last;
        }
        if let Some((last, _, _)) = told.last() {
            work.step.head.facts = *last;
        }
        let mut cases: BTreeMap<CaseId, Vec<DataPoint>> = BTreeMap::new();
        for (_, case, message) in &told {
            if events::kind(message).is_some_and(|kind| kind == events::CHANGED) {
                cases.entry(*case).or_default();
            }
        }
        for (_, case, body) in &news {
            cases.entry(*case).or_default().push(point(body)?);
        }
        work.cases(&cases)?;
        if work.step.size() <= STEP_BYTES || limit == 1 {
            return Ok(Some(work.done()));
        }
        limit /= 2;
    }
}

/// Makes a report anew of what its cases say now, and has it sent at once, also when it is the same again.
pub(super) fn again(
    app: &App,
    route: &Route,
    book: &Book,
    former: &Kept<Entry>,
) -> Result<Collected, StoreError> {
    let mut work = Work::new(app, route, book)?;
    let entry = &former.value;
    let cases = entry.cases.iter().map(|(case, _)| (*case, Vec::new())).collect();
    work.days.insert(entry.day.clone());
    work.cases(&cases)?;
    let changed = work.entries.iter().any(|other| other.number == entry.number);
    if !changed && entry.report.is_some() {
        let mut entry = entry.clone();
        entry.becomes(Status::Waiting, &work.now.stamp);
        work.change(former, entry)?;
    }
    Ok(work.done())
}

/// Whose reports are made, of which day, by what and of which cases.
struct About<'a> {
    citizen: &'a str,
    day: &'a str,
    template: &'a Template,
    cases: &'a [(CaseId, String)],
}

/// Which of a day's reports it is, and the report or what keeps it from leaving.
type Ready = (Option<Uuid>, Result<Report, Vec<Issue>>);

pub(super) struct Work<'a> {
    app: &'a App,
    pub(super) route: &'a Route,
    pub(super) library: Arc<Library>,
    pub(super) book: &'a Book,
    pub(super) step: Step,
    entries: Vec<Entry>,
    /// Days that are looked at in any case.
    days: BTreeSet<String>,
    pub(super) now: Moment,
}

/// A citizen with what has to be looked at.
#[derive(Default)]
struct Citizen {
    cases: BTreeMap<CaseId, Link>,
    /// Those of the cases that were read already.
    read: BTreeMap<CaseId, Option<Read>>,
    news: Vec<(String, String)>,
}

/// A case as it was read.
struct Read {
    opened: Opened,
    whom: Whom,
}

impl<'a> Work<'a> {
    fn new(app: &'a App, route: &'a Route, book: &'a Book) -> Result<Self, StoreError> {
        Ok(Self {
            app,
            route,
            library: app.library(),
            book,
            step: book.step()?,
            entries: Vec::new(),
            days: BTreeSet::new(),
            now: clock::moment(),
        })
    }

    fn done(self) -> Collected {
        Collected {
            step: self.step,
            entries: self.entries,
        }
    }

    /// Makes the reports that new data points of cases call for.
    fn cases(&mut self, cases: &BTreeMap<CaseId, Vec<DataPoint>>) -> Result<(), StoreError> {
        let mut citizens: BTreeMap<String, Citizen> = BTreeMap::new();
        for (case, points) in cases {
            let read = self.read(case)?;
            let whom = read.as_ref().map(|read| &read.whom);
            let name = match whom {
                Some(whom) => whom.citizen.clone(),
                None => self.step.citizen(&case.to_string()),
            };
            // What is still to be told of whom the case was about before is to be told of whom it is about now.
            let mut inherited = Vec::new();
            for former in self
                .book
                .citizens(case)?
                .into_keys()
                .filter(|former| *former != name)
            {
                let open = self.book.open(Some(&former))?;
                inherited.extend(open.into_iter().map(|kept| (kept.value.day, String::new())));
                citizens.entry(former).or_default();
            }
            let link = self.link(case, &name, whom)?;
            if link.since == Some(self.now.local.to_string()) {
                inherited.push((self.now.local.date().to_string(), String::new()));
            }
            let citizen = citizens.entry(name).or_default();
            citizen.cases.insert(*case, link);
            citizen.read.insert(*case, read);
            citizen.news.extend(inherited);
            let news = points
                .iter()
                .map(|point| (point.recorded.date().to_string(), point.response.to_string()));
            citizen.news.extend(news);
        }
        for (name, citizen) in citizens {
            self.citizen(&name, citizen)?;
        }
        Ok(())
    }

    /// Reads a case; a case that cannot be understood keeps its citizen's reports from being made, not those of others.
    fn read(&mut self, case: &CaseId) -> Result<Option<Read>, StoreError> {
        let record = self.app.store.load(case)?.ok_or(WebError::NotFound);
        let opened = record.and_then(|record| casework::read(self.app, case, &record));
        let opened = opened.inspect_err(|error| tracing::error!(%case, %error, "a case cannot be read"));
        Ok(opened.ok().map(|opened| Read {
            whom: self.whom(&opened),
            opened,
        }))
    }

    fn citizen(&mut self, name: &str, mut citizen: Citizen) -> Result<(), StoreError> {
        for (case, link) in &citizen.cases {
            self.step.link(name, case, link)?;
        }
        for case in self.book.cases(name)? {
            if let Vacant(place) = citizen.cases.entry(case) {
                let link = self.book.citizens(&case)?.remove(name);
                place.insert(link.map(|kept| kept.value).unwrap_or_default());
            }
        }
        let mut opened = Vec::new();
        let mut unread = Vec::new();
        for case in citizen.cases.keys() {
            let read = match citizen.read.remove(case) {
                Some(read) => read,
                None => self.read(case)?,
            };
            match read {
                // A case that was once about somebody else no longer is.
                Some(read) if read.whom.citizen != name => {}
                Some(read) => opened.push(read.opened),
                None => unread.push(Issue {
                    message: UNREADABLE.to_owned(),
                    ..Issue::default()
                }),
            }
        }
        let corrected = |case: &Opened| {
            case.case
                .responses
                .iter()
                .any(|response| response.corrects.is_some())
        };
        let left = if opened.iter().any(corrected) {
            self.left(name)?
        } else {
            BTreeMap::new()
        };
        let none = BTreeSet::new();
        let mut history = History::default();
        let mut days = self.days.clone();
        for case in &mut opened {
            let points = self.app.store.points(&case.id)?;
            let points = points
                .iter()
                .map(|stored| point(&stored.body))
                .collect::<Result<_, _>>()?;
            let (points, folded) = fold(&case.case, points, left.get(&case.case.id).unwrap_or(&none));
            let in_place = citizen
                .news
                .iter()
                .filter_map(|(_, response)| folded.get(response));
            days.extend(in_place.map(ToString::to_string));
            // What a template sees of responses is in place as well.
            for (response, day) in &folded {
                if let Some(response) = case.case.response_mut(response) {
                    response.completed = Some(*day);
                }
            }
            history.add(&case.world(), points);
            let link = citizen.cases.get(&case.id);
            if let Some(since) = link.and_then(|link| DateTime::parse(link.since.as_deref()?)) {
                history.moved(since);
            }
        }
        days.extend(citizen.news.into_iter().map(|(day, _)| day));
        days.extend(self.book.open(Some(name))?.into_iter().map(|kept| kept.value.day));
        let cases: Vec<_> = opened.iter().map(|case| (case.id, case.title())).collect();
        for day in days {
            let Some(date) = metode::value::Date::parse(&day) else {
                continue;
            };
            let template = Arc::clone(self.route.makes.on(&self.library, date));
            let made = match unread.as_slice() {
                [] => report::build(&template, &history, date)
                    .into_iter()
                    .map(|made| {
                        let issues = |refusals: Vec<_>| refusals.into_iter().map(Issue::from).collect();
                        (made.key, made.report.map_err(issues))
                    })
                    .collect(),
                _ => vec![(None, Err(unread.clone()))],
            };
            let about = About {
                citizen: name,
                day: &day,
                template: &template,
                cases: &cases,
            };
            self.put(&about, made)?;
        }
        Ok(())
    }

    /// Puts what was made for a citizen's day in the place of what was made before and is still open.
    fn put(&mut self, about: &About, made: Vec<Ready>) -> Result<(), StoreError> {
        let mut former = self.book.about(about.citizen, Some(about.day))?;
        for (key, made) in made {
            let (same, others) = former.into_iter().partition(|kept| kept.value.key == key);
            former = others;
            self.replace(about, key, same, made)?;
        }
        // What is not made any more.
        self.supersede(&former)
    }

    /// Puts one of the reports of a day in the place of what it was before.
    fn replace(
        &mut self,
        about: &About,
        key: Option<Uuid>,
        former: Vec<Kept<Entry>>,
        made: Result<Report, Vec<Issue>>,
    ) -> Result<(), StoreError> {
        let stands = former
            .iter()
            .rev()
            .find(|kept| kept.value.status != Status::Superseded);
        let same = match (&made, stands.map(|kept| &kept.value)) {
            (Ok(report), Some(entry)) => entry.report == Some(report.id),
            (Err(issues), Some(entry)) => {
                entry.status.is_open() && entry.report.is_none() && entry.issues == *issues
            }
            (_, None) => false,
        };
        if same {
            return Ok(());
        }
        self.supersede(&former)?;
        let mut entry = Entry {
            number: 0,
            citizen: about.citizen.to_owned(),
            day: about.day.to_owned(),
            key,
            report: None,
            template: about.template.name(),
            format: self.route.makes.format(about.template),
            cases: about.cases.to_vec(),
            made: self.now.stamp.clone(),
            status: Status::Waiting,
            since: self.now.stamp.clone(),
            attempts: 0,
            away: false,
            left: false,
            next: None,
            answer: None,
            issues: Vec::new(),
            decision: None,
        };
        let added = match made {
            Ok(mut report) => {
                entry.report = Some(report.id);
                report.format = entry.format;
                let mut body = Vec::new();
                report.write(&mut body)?;
                self.step.add(entry, Some(body), &report.origins)?
            }
            Err(issues) => {
                entry.status = Status::Refused;
                entry.issues = issues;
                self.step.add(entry, None, &Vec::<Origin>::new())?
            }
        };
        self.entries.push(added);
        Ok(())
    }

    /// Gives up what is still open of what a newer report takes the place of.
    fn supersede(&mut self, former: &[Kept<Entry>]) -> Result<(), StoreError> {
        for kept in former.iter().filter(|kept| kept.value.status.is_open()) {
            let mut entry = kept.value.clone();
            entry.becomes(Status::Superseded, &self.now.stamp);
            self.change(kept, entry)?;
        }
        Ok(())
    }

    fn change(&mut self, former: &Kept<Entry>, entry: Entry) -> Result<(), StoreError> {
        self.step.change(former, &entry)?;
        self.entries.push(entry);
        Ok(())
    }
}

fn point(body: &[u8]) -> Result<DataPoint, StoreError> {
    Ok(serde_json::from_slice(body)?)
}
