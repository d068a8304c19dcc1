//! Carries out a migration on one case.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::fate::{Fate, Spot};
use super::words::words;
use super::{Act, Code, Formula, Migration};
use crate::case::{Answer, Answers, Case, Origin};
use crate::definition::{Field, Form, Kind, Options};
use crate::evaluation::{Part, Session};
use crate::value::{DateTime, Value};
use crate::version::place::{self, ANY};

/// What a migration makes of a case.
#[derive(Debug, Clone)]
pub struct Migrated {
    /// The case under the later version.
    pub case: Case,
    /// How many answers stand where they stood, as they were.
    pub kept: usize,
    /// Answers that stand elsewhere, or as something else.
    pub mapped: Vec<Mapped>,
    /// Answers that left the case.
    pub retired: Vec<Retired>,
    /// What a person must decide.
    pub to_decide: Vec<Decision>,
}

/// An answer that stands elsewhere, or as something else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mapped {
    /// The response, `case` or `citizen`.
    pub place: String,
    /// Where it stood.
    pub path: String,
    /// What it was.
    pub value: Json,
    /// The response where it stands now.
    pub to_place: String,
    /// Where it stands now.
    pub to_path: String,
    /// What it is now.
    pub to_value: Json,
}

/// An answer that left the case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Retired {
    /// The response, `case` or `citizen`.
    pub place: String,
    /// The form of the earlier version.
    pub form: String,
    /// Title of the form.
    pub title: String,
    /// Where it stood.
    pub path: String,
    /// What the field was called.
    pub label: String,
    /// The answer.
    pub value: Json,
    /// The answer in words.
    pub text: String,
    /// Why it left.
    pub reason: String,
    /// Whether it is kept out of lists.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confidential: bool,
}

/// Something that a migration leaves to a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The response, `case` or `citizen`.
    pub place: String,
    /// The field that waits for an answer, as `form.path` of the later version.
    pub field: String,
    /// What it is called.
    pub label: String,
    /// What stood there before, in words.
    pub before: String,
    /// The codes to choose between, when that is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub between: Vec<String>,
    /// Why it is not decided already.
    pub reason: String,
}

impl Migration {
    /// Makes a case of the earlier version a case of the later one. Its rules see the given present.
    pub fn migrate(&self, case: &Case, now: &DateTime) -> Migrated {
        let mut work = Work::new(self, case, now);
        // Where answers of several responses come to one place, the latest counts.
        for seat in (0..work.seats.len()).rev() {
            work.answers(seat);
            work.rows(seat);
        }
        work.finish()
    }
}

/// What is known of the case, of the citizen, or one response.
struct Seat<'a> {
    /// `case`, `citizen` or the id of the response.
    place: &'a str,
    form: Option<&'a Form>,
    form_id: &'a str,
    old: &'a Answers,
    /// The form that it becomes; `None` when the later version has none like it.
    becomes: Option<&'a Form>,
    new: Answers,
    session: Option<Session>,
}

struct Work<'a> {
    migration: &'a Migration,
    case: &'a Case,
    now: &'a DateTime,
    seats: Vec<Seat<'a>>,
    /// The formulas that were asked, with the seat and the rows.
    asked: BTreeSet<(usize, usize, Vec<String>)>,
    /// Where texts are joined: seat and path.
    joins: BTreeSet<(usize, String)>,
    kept: usize,
    mapped: Vec<Mapped>,
    retired: Vec<Retired>,
    to_decide: Vec<Decision>,
}

impl<'a> Work<'a> {
    fn new(migration: &'a Migration, case: &'a Case, now: &'a DateTime) -> Self {
        let responses = case
            .responses
            .iter()
            .map(|response| (response.id.as_str(), response.form.as_str(), &response.answers));
        let seats = [
            ("case", "case", &case.record),
            ("citizen", "citizen", &case.citizen),
        ]
        .into_iter()
        .chain(responses)
        .map(|(place, form, old)| Seat {
            place,
            form: migration.from.all.iter().find(|other| other.id == form),
            form_id: form,
            old,
            becomes: migration.becomes(form),
            new: Answers::default(),
            session: None,
        });
        Self {
            migration,
            case,
            now,
            seats: seats.collect(),
            asked: BTreeSet::new(),
            joins: BTreeSet::new(),
            kept: 0,
            mapped: Vec::new(),
            retired: Vec::new(),
            to_decide: Vec::new(),
        }
    }

    fn answers(&mut self, seat: usize) {
        let Some((form, old)) = self.seats.get(seat).map(|seat| (seat.form, seat.old)) else {
            return;
        };
        for (path, answer) in old.fields.iter() {
            let parts: Vec<&str> = path.split('.').collect();
            let found = form.and_then(|form| {
                let spot = place::find(form, &parts).filter(|spot| !spot.row)?;
                Some((form, form.fields.get(spot.field)?))
            });
            let Some((form, field)) = found else {
                self.retire(seat, path, &answer.value, "the former version has no such field");
                continue;
            };
            match self.migration.fate(form, &parts) {
                Fate::To(spot) => self.move_one(seat, (form, field), &parts, path, answer, &spot),
                Fate::Retired(reason, decide) => {
                    if let Some(place) = decide {
                        self.decide_at(seat, (path, &parts), &answer.value, place, reason);
                    }
                    self.retire(seat, path, &answer.value, reason);
                }
                Fate::Formula(index) => self.formula(seat, form, index, &parts, path, answer),
                // A migration is total; what an odd answer holds beyond that is told all the same.
                Fate::Missing(..) => {
                    self.retire(seat, path, &answer.value, "the later version has no such place");
                }
            }
        }
    }

    fn move_one(
        &mut self,
        seat: usize,
        (form, field): (&Form, &Field),
        parts: &[&str],
        path: &str,
        answer: &Answer,
        spot: &Spot,
    ) {
        let target_path = spot.path.join(".");
        let Some(target) = self.seat_of(seat, &spot.form.id) else {
            if !answer.value.is_null() {
                self.decide(
                    seat,
                    path,
                    &answer.value,
                    (spot.form, &target_path),
                    Vec::new(),
                    "nobody has begun the form yet",
                );
            }
            return self.retire(
                seat,
                path,
                &answer.value,
                "the form where it belongs is not begun",
            );
        };
        let Some(there) = spot.form.fields.get(spot.field) else {
            return;
        };
        let mut new = answer.clone();
        if let Some(Options::List(list, _)) = field.options() {
            let mapped = self.codes(seat, form, &list.name(), parts, path, &answer.value);
            for (codes, reason) in &mapped.decisions {
                self.decide(
                    seat,
                    path,
                    &answer.value,
                    (spot.form, &target_path),
                    codes.clone(),
                    reason,
                );
            }
            for (place, reason) in &mapped.instead {
                self.decide_at(seat, (path, parts), &answer.value, place, reason);
            }
            if let Some(reason) = mapped.retired {
                self.retire(seat, path, &answer.value, &reason);
                if mapped.value.is_null() {
                    return;
                }
            }
            if let Some(provenance) = &mut new.provenance {
                provenance.value = self
                    .codes(seat, form, &list.name(), parts, path, &provenance.value)
                    .value;
            }
            new.value = mapped.value;
        }
        self.put(
            seat,
            path,
            &answer.value,
            (target, there, &target_path, spot.joined),
            new,
        );
    }

    /// Puts an answer where it belongs, unless another stands there.
    fn put(
        &mut self,
        seat: usize,
        path: &str,
        old: &Json,
        (target, there, to_path, joined): (usize, &Field, &str, bool),
        mut new: Answer,
    ) {
        let (Some(from), Some(to)) = (self.seats.get(seat), self.seats.get(target)) else {
            return;
        };
        if let Some(stands) = to
            .new
            .fields
            .get(to_path)
            .filter(|stands| !stands.value.is_null())
        {
            match (&stands.value, &new.value) {
                (Json::Array(one), Json::Array(other)) if matches!(there.kind, Kind::Choices(_)) => {
                    let mut all = one.clone();
                    all.extend(other.iter().filter(|code| !one.contains(code)).cloned());
                    new.value = Json::Array(all);
                }
                (stands, value) if stands == value => {}
                // What somebody emptied is no answer.
                (_, Json::Null) => return,
                (Json::String(one), Json::String(other))
                    if joined || self.joins.contains(&(target, to_path.to_owned())) =>
                {
                    new.value = Json::String(format!("{one}\n{other}"));
                }
                _ => {
                    if let Some(form) = to.becomes {
                        self.decide(
                            seat,
                            path,
                            old,
                            (form, to_path),
                            Vec::new(),
                            "two answers come to the same place",
                        );
                    }
                    return self.retire(seat, path, old, "another answer came to the same place");
                }
            }
        }
        if !old.is_null() {
            if seat == target && path == to_path && *old == new.value {
                self.kept += 1;
            } else {
                self.mapped.push(Mapped {
                    place: from.place.to_owned(),
                    path: path.to_owned(),
                    value: old.clone(),
                    to_place: to.place.to_owned(),
                    to_path: to_path.to_owned(),
                    to_value: new.value.clone(),
                });
            }
        }
        if joined {
            self.joins.insert((target, to_path.to_owned()));
        }
        if let Some(to) = self.seats.get_mut(target) {
            to.new.put(to_path.to_owned(), new);
        }
    }

    /// The seat where answers for a form go: the same one, or the response of that form that counts.
    fn seat_of(&self, seat: usize, form: &str) -> Option<usize> {
        let is = |seat: &Seat| seat.becomes.is_some_and(|becomes| becomes.id == form);
        if self.seats.get(seat).is_some_and(is) {
            return Some(seat);
        }
        let counts = |seat: &Seat| is(seat) && self.case.correction_of(seat.place).is_none();
        self.seats.iter().rposition(counts)
    }

    fn ask(&mut self, seat: usize, rule: &crate::definition::Rule, path: &str) -> Value {
        let Some(sitting) = self.seats.get_mut(seat) else {
            return Value::Null;
        };
        if sitting.session.is_none() {
            let part = match seat {
                0 => Part::Record,
                1 => Part::Citizen,
                _ => Part::Response(sitting.place),
            };
            sitting.session = Session::open(&self.migration.from, self.case, part, self.now.clone());
        }
        let session = sitting.session.as_ref();
        session
            .and_then(|session| session.ask_at(rule, path))
            .unwrap_or_default()
    }

    fn codes(
        &mut self,
        seat: usize,
        form: &Form,
        list: &str,
        parts: &[&str],
        path: &str,
        value: &Json,
    ) -> MappedCodes<'a> {
        let mut mapped = MappedCodes::default();
        let many = value.is_array();
        let codes: Vec<&Json> = value
            .as_array()
            .map_or_else(|| vec![value], |codes| codes.iter().collect());
        let mut out: Vec<Json> = Vec::new();
        for code in codes {
            let Some(text) = code.as_str() else {
                out.push(code.clone());
                continue;
            };
            let to = match self.migration.code(&form.id, parts, list, text) {
                None => Some(text.to_owned()),
                Some(Code::To(to)) => Some(to.clone()),
                Some(Code::Retire(leaving)) => {
                    mapped.retired = Some(leaving.reason.clone());
                    let told =
                        |place: &&super::Pattern| mapped.instead.iter().any(|(other, _)| other == place);
                    if let Some(place) = leaving.decide.as_ref().filter(|place| !told(place)) {
                        mapped.instead.push((place, leaving.reason.clone()));
                    }
                    None
                }
                Some(Code::Decide(between, reason)) => {
                    mapped.retired = Some(reason.clone());
                    mapped.decisions.push((between.clone(), reason.clone()));
                    None
                }
                Some(Code::When(cases)) => {
                    let holds = cases.iter().find(|(rule, _)| {
                        rule.as_ref()
                            .is_none_or(|rule| self.ask(seat, rule, path).as_bool() == Some(true))
                    });
                    if holds.is_none() {
                        let reason = "none of the conditions holds".to_owned();
                        let between = cases.iter().map(|(_, code)| code.clone()).collect();
                        mapped.retired = Some(reason.clone());
                        mapped.decisions.push((between, reason));
                    }
                    holds.map(|(_, code)| code.clone())
                }
            };
            out.extend(to.map(Json::String).filter(|to| !out.contains(to)));
        }
        mapped.value = match (many, out.is_empty()) {
            (_, true) => Json::Null,
            (true, _) => Json::Array(out),
            (false, _) => out.into_iter().next().unwrap_or_default(),
        };
        mapped
    }

    fn formula(
        &mut self,
        seat: usize,
        form: &Form,
        index: usize,
        parts: &[&str],
        path: &str,
        answer: &Answer,
    ) {
        let Some(formula) = self.migration.formulas.get(index) else {
            return;
        };
        let rows: Vec<String> = row_keys(parts);
        if !self.asked.insert((seat, index, rows)) {
            return;
        }
        let sources = formula.sources(parts);
        let stood: Vec<(String, Json)> = sources
            .into_iter()
            .filter_map(|source| {
                let value = self.seats.get(seat)?.old.fields.get(&source)?.value.clone();
                (!value.is_null()).then_some((source, value))
            })
            .collect();
        let mapped = self.migration.mapped_keys(form, parts);
        let mapped = match mapped {
            Ok(mapped) => mapped,
            Err(reason) => {
                for (source, value) in stood {
                    self.retire(seat, &source, &value, reason);
                }
                return;
            }
        };
        let mut made = 0;
        for (target, rule) in &formula.targets {
            let mut keys = filled(&formula.pattern(parts), &mapped).into_iter();
            let to_path: Vec<String> = target
                .path
                .iter()
                .map(|part| match part.as_str() {
                    ANY => keys.next().unwrap_or_default(),
                    part => part.to_owned(),
                })
                .collect();
            let to = self.migration.to.all.iter().find(|form| form.id == target.form);
            let names: Vec<&str> = to_path.iter().map(String::as_str).collect();
            let spot = to.and_then(|form| Some((form, form.fields.get(place::find(form, &names)?.field)?)));
            let Some((to, there)) = spot else { continue };
            let value = self.ask(seat, rule, path);
            let value = as_answer(there, &value, &names, to);
            let to_path = to_path.join(".");
            let seat_of = self.seat_of(seat, &to.id).filter(|_| !value.is_null());
            let Some(target) = seat_of else {
                continue;
            };
            made += 1;
            let new = Answer {
                value,
                origin: match answer.origin {
                    Origin::Carried => Origin::Entered,
                    origin => origin,
                },
                provenance: None,
            };
            for (source, value) in &stood {
                self.put(seat, source, value, (target, there, &to_path, false), new.clone());
            }
        }
        if made == 0 {
            for (source, value) in stood {
                for (target, _) in &formula.targets {
                    let to = self.migration.to.all.iter().find(|form| form.id == target.form);
                    if let Some(to) = to {
                        let at = target
                            .path
                            .iter()
                            .filter(|part| *part != ANY)
                            .cloned()
                            .collect::<Vec<_>>()
                            .join(".");
                        self.decide(
                            seat,
                            &source,
                            &value,
                            (to, &at),
                            Vec::new(),
                            "the formula makes nothing of the answer",
                        );
                    }
                }
                self.retire(seat, &source, &value, "the formula makes nothing of the answer");
            }
        }
    }

    fn rows(&mut self, seat: usize) {
        let Some((Some(form), old)) = self.seats.get(seat).map(|seat| (seat.form, seat.old)) else {
            return;
        };
        for (removed, groups) in [(false, &old.rows), (true, &old.removed)] {
            for (path, keys) in groups {
                let parts: Vec<&str> = path.split('.').collect();
                if place::find(form, &parts).is_none() {
                    continue;
                }
                let Fate::To(spot) = self.migration.fate(form, &parts) else {
                    continue;
                };
                let Some(target) = self.seat_of(seat, &spot.form.id) else {
                    continue;
                };
                if let Some(to) = self.seats.get_mut(target) {
                    let groups = if removed {
                        &mut to.new.removed
                    } else {
                        &mut to.new.rows
                    };
                    let all = groups.entry(spot.path.join(".")).or_default();
                    all.extend(
                        keys.iter()
                            .filter(|key| !all.contains(key))
                            .cloned()
                            .collect::<Vec<_>>(),
                    );
                }
            }
        }
    }

    fn retire(&mut self, seat: usize, path: &str, value: &Json, reason: &str) {
        let Some(seat) = self.seats.get(seat).filter(|_| !value.is_null()) else {
            return;
        };
        let parts: Vec<&str> = path.split('.').collect();
        let (label, text, confidential) = match seat.form {
            Some(form) => words(&self.migration.from, form, &parts, value),
            None => (path.to_owned(), value.to_string(), false),
        };
        self.retired.push(Retired {
            place: seat.place.to_owned(),
            form: seat.form_id.to_owned(),
            title: seat
                .form
                .map_or_else(|| seat.form_id.to_owned(), |form| form.title.clone()),
            path: path.to_owned(),
            label,
            value: value.clone(),
            text,
            reason: reason.to_owned(),
            confidential,
        });
    }

    /// Notes what a person answers instead, in the row that the answer stood in.
    fn decide_at(
        &mut self,
        seat: usize,
        (path, parts): (&str, &[&str]),
        value: &Json,
        place: &super::Pattern,
        reason: &str,
    ) {
        if value.is_null() {
            return;
        }
        let Some(form) = self.migration.to.all.iter().find(|form| form.id == place.form) else {
            return;
        };
        let old = self.seats.get(seat).and_then(|seat| seat.form);
        let mapped = old.and_then(|form| self.migration.mapped_keys(form, parts).ok());
        let keys = row_keys(&mapped.unwrap_or_else(|| parts.to_vec()));
        let mut keys = keys.into_iter();
        let at: Vec<String> = place
            .path
            .iter()
            .map(|part| match part.as_str() {
                ANY => keys.next().unwrap_or_else(|| ANY.to_owned()),
                part => part.to_owned(),
            })
            .collect();
        self.decide(seat, path, value, (form, &at.join(".")), Vec::new(), reason);
    }

    fn decide(
        &mut self,
        seat: usize,
        path: &str,
        value: &Json,
        (form, to): (&Form, &str),
        between: Vec<String>,
        reason: &str,
    ) {
        let Some(sitting) = self.seats.get(seat) else {
            return;
        };
        let parts: Vec<&str> = path.split('.').collect();
        let before = match sitting.form {
            Some(old) => words(&self.migration.from, old, &parts, value).1,
            None => value.to_string(),
        };
        let target: Vec<&str> = to.split('.').collect();
        let (label, ..) = words(&self.migration.to, form, &target, &Json::Null);
        self.to_decide.push(Decision {
            place: sitting.place.to_owned(),
            field: format!("{}.{to}", form.id),
            label,
            before,
            between,
            reason: reason.to_owned(),
        });
    }

    fn finish(self) -> Migrated {
        let mut case = self.case.clone();
        case.method = self.migration.to.name();
        let mut seats = self.seats.into_iter();
        case.record = seats.next().map(|seat| seat.new).unwrap_or_default();
        case.citizen = seats.next().map(|seat| seat.new).unwrap_or_default();
        case.responses = case
            .responses
            .into_iter()
            .zip(seats)
            .filter_map(|(mut response, seat)| {
                let becomes = seat.becomes?;
                for known in &mut response.acknowledged {
                    let parts: Vec<&str> = known.path.split('.').collect();
                    if let Some(Fate::To(spot)) = seat.form.map(|form| self.migration.fate(form, &parts)) {
                        known.path = spot.path.join(".");
                    }
                }
                response.form = becomes.id.clone();
                response.answers = seat.new;
                Some(response)
            })
            .collect();
        Migrated {
            case,
            kept: self.kept,
            mapped: self.mapped,
            retired: self.retired,
            to_decide: self.to_decide,
        }
    }
}

#[derive(Default)]
struct MappedCodes<'a> {
    value: Json,
    /// Why a code left.
    retired: Option<String>,
    /// Between which codes a person decides, and why.
    decisions: Vec<(Vec<String>, String)>,
    /// What a person answers instead, and why.
    instead: Vec<(&'a super::Pattern, String)>,
}

impl Migration {
    /// The form that responses of a form become.
    fn becomes(&self, form: &str) -> Option<&Form> {
        let step = self
            .steps
            .iter()
            .find(|step| step.from.form == form && step.from.path.is_empty());
        let id = match step.map(|step| &step.act) {
            Some(Act::Move(to, _)) => &to.form,
            Some(Act::Retire(_)) => return None,
            _ => form,
        };
        self.to.all.iter().find(|other| other.id == id)
    }
}

impl Formula {
    /// The source as which a path stands here.
    fn pattern(&self, path: &[&str]) -> Vec<String> {
        let here = self.sources.iter().find(|source| {
            source.path.len() == path.len()
                && source
                    .path
                    .iter()
                    .zip(path)
                    .all(|(own, other)| own == ANY || own == other)
        });
        here.map(|source| source.path.clone()).unwrap_or_default()
    }

    /// The paths of all sources in the row of one of them.
    fn sources(&self, path: &[&str]) -> Vec<String> {
        let keys = filled(&self.pattern(path), path);
        let one = |source: &super::Pattern| {
            let mut keys = keys.iter();
            let parts: Vec<&str> = source
                .path
                .iter()
                .map(|part| match part.as_str() {
                    ANY => keys.next().map(String::as_str).unwrap_or_default(),
                    part => part,
                })
                .collect();
            parts.join(".")
        };
        self.sources.iter().map(one).collect()
    }
}

/// What stands in a path where a pattern leaves the row open.
fn filled(pattern: &[String], path: &[&str]) -> Vec<String> {
    let open = pattern.iter().zip(path).filter(|(part, _)| *part == ANY);
    open.map(|(_, key)| (*key).to_owned()).collect()
}

fn row_keys(path: &[&str]) -> Vec<String> {
    path.iter()
        .skip(1)
        .step_by(2)
        .map(|key| (*key).to_owned())
        .collect()
}

/// The result of a rule as the answer of a field: a score is answered with a code.
fn as_answer(field: &Field, value: &Value, path: &[&str], form: &Form) -> Json {
    if let (Kind::Score(Options::List(list, branch)), Value::Number(level)) = (&field.kind, value) {
        let keys = place::find(form, path).map(|spot| spot.keys).unwrap_or_default();
        let mut steps = list.below(branch.code(&keys)).iter();
        let step = steps.find(|concept| concept.level.as_ref() == Some(level));
        return step.map_or(Json::Null, |concept| Json::String(concept.code.to_string()));
    }
    value.to_plain_json()
}
