//! Carries out a migration on one case.

mod codes;
mod formula;
mod land;
mod tell;
mod told;

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::fate::Fate;
use super::{Act, Migration};
use crate::case::{Answer, Answers, Case};
use crate::definition::{Field, Form, Rule};
use crate::evaluation::{Part, Session};
use crate::value::{Date, DateTime, Value};
use crate::version::place;

pub use told::{Decision, Mapped, Migrated, Retired};

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
        self.later(id)
    }
}

/// What is known of the case, of the citizen, or one response.
struct Seat<'a> {
    /// `case`, `citizen` or the id of the response.
    place: &'a str,
    form: Option<&'a Form>,
    form_id: &'a str,
    /// The day that decides what its codes mean.
    day: Date,
    old: &'a Answers,
    /// The form that it becomes; `None` when the later version has none like it.
    becomes: Option<&'a Form>,
    new: Answers,
    session: Option<Session>,
}

/// An answer of the earlier case, and where it stood.
struct Stood<'a> {
    seat: usize,
    form: Option<&'a Form>,
    path: &'a str,
    parts: Vec<&'a str>,
    value: &'a Json,
}

impl<'a> Stood<'a> {
    fn field(&self) -> Option<&'a Field> {
        let form = self.form?;
        let spot = place::find(form, &self.parts).filter(|spot| !spot.row)?;
        form.fields.get(spot.field)
    }

    /// An answer of the same shape that holds these codes.
    fn holding(&self, mut codes: Vec<Json>) -> Json {
        match self.value {
            Json::Array(_) => Json::Array(codes),
            _ => codes.pop().unwrap_or_default(),
        }
    }

    /// The same place, as if this had stood there.
    fn as_was<'b>(&self, value: &'b Json) -> Stood<'b>
    where
        'a: 'b,
    {
        Stood {
            seat: self.seat,
            form: self.form,
            path: self.path,
            parts: self.parts.clone(),
            value,
        }
    }
}

struct Work<'a> {
    migration: &'a Migration,
    case: &'a Case,
    now: &'a DateTime,
    seats: Vec<Seat<'a>>,
    /// The formulas that were asked, with the seat and the rows.
    asked: BTreeSet<(usize, usize, String)>,
    /// Where texts are joined: seat and path.
    joins: BTreeSet<(usize, String)>,
    kept: usize,
    mapped: Vec<Mapped>,
    retired: Vec<Retired>,
    to_decide: Vec<Decision>,
}

impl<'a> Work<'a> {
    fn new(migration: &'a Migration, case: &'a Case, now: &'a DateTime) -> Self {
        let responses = case.responses.iter().map(|response| {
            (
                response.id.as_str(),
                response.form.as_str(),
                response.completed,
                &response.answers,
            )
        });
        let seats = [
            ("case", "case", None, &case.record),
            ("citizen", "citizen", None, &case.citizen),
        ]
        .into_iter()
        .chain(responses)
        .map(|(place, form, completed, old)| Seat {
            place,
            form: migration.from.all.iter().find(|other| other.id == form),
            form_id: form,
            day: completed.unwrap_or(now.date()),
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
            let stood = Stood {
                seat,
                form,
                path,
                parts: path.split('.').collect(),
                value: &answer.value,
            };
            self.answer(&stood, answer);
        }
    }

    fn answer(&mut self, stood: &Stood<'a>, answer: &'a Answer) {
        let (Some(form), Some(field)) = (stood.form, stood.field()) else {
            return self.retire(stood, self.says("moved_unknown_field"));
        };
        match self.migration.fate(form, &stood.parts) {
            Fate::To(spot) => self.land(stood, field, answer, &spot),
            Fate::Retired(reason, decide) => {
                if let Some(place) = decide {
                    self.decide_at(stood, place, reason);
                }
                self.retire(stood, reason.to_owned());
            }
            Fate::Formula(index) => self.formula(stood, form, index, answer),
            // A migration is total; what an odd answer holds beyond that is told all the same.
            Fate::Missing(..) => self.retire(stood, self.says("moved_no_place")),
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
                let target = self.seat_of(seat, &spot.form.id);
                let Some(to) = target.and_then(|target| self.seats.get_mut(target)) else {
                    continue;
                };
                let groups = if removed {
                    &mut to.new.removed
                } else {
                    &mut to.new.rows
                };
                let all = groups.entry(spot.path.join(".")).or_default();
                for key in keys {
                    if !all.contains(key) {
                        all.push(key.clone());
                    }
                }
            }
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

    /// The value of a rule of the migration where an answer stood.
    fn ask(&mut self, stood: &Stood, rule: &Rule) -> Value {
        let Some(sitting) = self.seats.get_mut(stood.seat) else {
            return Value::Null;
        };
        if sitting.session.is_none() {
            let part = match stood.seat {
                0 => Part::Record,
                1 => Part::Citizen,
                _ => Part::Response(sitting.place),
            };
            sitting.session = Session::open(&self.migration.from, self.case, part, self.now.clone());
        }
        let session = sitting.session.as_ref();
        session
            .and_then(|session| session.ask_at(rule, stood.path))
            .unwrap_or_default()
    }

    fn finish(self) -> Migrated {
        let mut seats = self.seats.into_iter();
        let mut next = || seats.next().map(|seat| seat.new).unwrap_or_default();
        let (record, citizen) = (next(), next());
        let responses = self
            .case
            .responses
            .iter()
            .zip(seats)
            .filter_map(|(response, seat)| {
                let mut response = response.clone();
                for known in &mut response.acknowledged {
                    let parts: Vec<&str> = known.path.split('.').collect();
                    if let Some(Fate::To(spot)) = seat.form.map(|form| self.migration.fate(form, &parts)) {
                        known.path = spot.path.join(".");
                    }
                }
                response.form = seat.becomes?.id.clone();
                response.answers = seat.new;
                Some(response)
            });
        Migrated {
            case: Case {
                id: self.case.id.clone(),
                method: self.migration.to.name(),
                record,
                citizen,
                responses: responses.collect(),
            },
            kept: self.kept,
            mapped: self.mapped,
            retired: self.retired,
            to_decide: self.to_decide,
        }
    }
}
