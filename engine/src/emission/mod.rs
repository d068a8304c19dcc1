//! Data points: the dated, structured facts that completed responses give rise to.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::case::{Case, Response};
use crate::definition::{Emission, Method, Rule};
use crate::evaluation::{InputError, Part, Session, Violation, World};
use crate::value::{Date, DateTime, Value};

/// A dated fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataPoint {
    /// The same for the same fact for ever: UUIDv5 of case, type and identity.
    pub id: Uuid,
    /// Type, as the method's emissions name it.
    #[serde(rename = "type")]
    pub kind: Arc<str>,
    /// Title of the type.
    pub title: Arc<str>,
    /// Form of the response that gave rise to it.
    pub form: Arc<str>,
    /// Id of that response.
    pub response: Arc<str>,
    /// What makes it the same fact the next time, within case and type.
    pub identity: Arc<str>,
    /// The day of the fact.
    pub dated: Date,
    /// When it came about.
    pub recorded: DateTime,
    /// Whether it holds.
    pub status: Status,
    /// Path of the answer that it was read from, where the method says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Arc<str>>,
    /// What it says.
    pub attributes: BTreeMap<Arc<str>, Json>,
}

/// Whether a data point holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It holds until a later point with the same id.
    Active,
    /// It never held: the response that gave rise to it was corrected.
    EnteredInError,
}

/// Begins a response of a form: a new one, or the correction of a completed one, which starts from its answers.
pub fn start(
    method: &Arc<Method>,
    case: &mut Case,
    form: &str,
    corrects: Option<&str>,
    id: String,
    now: DateTime,
) -> Result<(), InputError> {
    let refuse = || InputError {
        path: String::new(),
        message: method.text("unknown_form", &[("form", form)]),
    };
    method.form(form).ok_or_else(refuse)?;
    let corrected = match corrects {
        None => None,
        Some(id) => {
            let known = case
                .response(id)
                .filter(|response| response.form == form && response.completed.is_some());
            Some(
                known
                    .filter(|_| case.correction_of(id).is_none())
                    .ok_or_else(refuse)?,
            )
        }
    };
    let response = Response {
        id: id.clone(),
        form: form.to_owned(),
        started: corrected.map_or(now.date(), |response| response.started),
        completed: None,
        completed_at: None,
        corrects: corrects.map(str::to_owned),
        answers: corrected
            .map(|response| response.answers.clone())
            .unwrap_or_default(),
        acknowledged: Vec::new(),
    };
    case.responses.push(response);
    keep(method, case, &id, now);
    Ok(())
}

/// Stores what a response carried over or began with.
fn keep(method: &Arc<Method>, case: &mut Case, id: &str, now: DateTime) {
    let answers =
        Session::open(method, case, Part::Response(id), now).map(|session| session.answers().clone());
    if let (Some(answers), Some(response)) = (answers, case.response_mut(id)) {
        response.answers = answers;
    }
}

/// Completes a response: refused with what stands in the way, otherwise the data points that it gives rise to, those that it takes
/// back included. The response keeps what it computed and showed.
pub fn complete(
    method: &Arc<Method>,
    case: &mut Case,
    id: &str,
    now: DateTime,
) -> Result<Vec<DataPoint>, Vec<Violation>> {
    let Some(session) = Session::open(method, case, Part::Response(id), now.clone()) else {
        return Ok(Vec::new());
    };
    session.completable()?;
    let answers = session.frozen();
    let moment = not_before(case, &now);
    // What is completed stands behind all that it has seen.
    if let Some(place) = case.responses.iter().position(|response| response.id == id) {
        let mut response = case.responses.remove(place);
        response.completed = Some(now.date());
        response.completed_at = Some(moment.clone());
        response.answers = answers;
        case.responses.push(response);
    }
    Ok(points(method, case, id, &moment))
}

/// The present, or the last moment of a case when the clock has been put back since: what came later is never older.
fn not_before(case: &Case, now: &DateTime) -> DateTime {
    let moments = case
        .responses
        .iter()
        .filter_map(|response| response.completed_at.as_ref());
    let latest = moments.fold(now, |latest, moment| match moment.compare(latest) {
        Some(Ordering::Greater) => moment,
        _ => latest,
    });
    latest.clone()
}

/// The data points that a completed response gives rise to, and for a correction those that it takes back.
pub fn points(method: &Arc<Method>, case: &Case, id: &str, now: &DateTime) -> Vec<DataPoint> {
    points_in(&World::new(method, Rc::new(case.clone()), now.clone()), id)
}

fn points_in(world: &Rc<World>, id: &str) -> Vec<DataPoint> {
    let found = emitted(world, id);
    let responses = &world.case.responses;
    let place = responses.iter().position(|response| response.id == id);
    match place.and_then(|place| Some((place, responses.get(place)?.corrects.as_ref()?))) {
        Some((place, corrected)) => corrections(world, place, corrected, found),
        None => found,
    }
}

/// What a correction changes. It stands where the corrected response stood, so what a later response says of the same fact stands;
/// what only the corrected one said is as an earlier one said it, or taken back when none did.
fn corrections(world: &Rc<World>, place: usize, corrected: &str, own: Vec<DataPoint>) -> Vec<DataPoint> {
    let Some((correction, before)) = world
        .case
        .responses
        .get(..=place)
        .and_then(<[Response]>::split_last)
    else {
        return own;
    };
    let holds = |response: &Response| {
        let mut corrections = before.iter().filter(|other| other.completed.is_some());
        response.completed.is_some()
            && response.id != corrected
            && !corrections.any(|other| other.corrects.as_ref() == Some(&response.id))
    };
    let others = before.iter().enumerate().filter(|(_, other)| holds(other));
    let mut others: Vec<(usize, &Response)> =
        others.map(|(index, other)| (world.rank(index), other)).collect();
    others.sort_by_key(|(rank, _)| *rank);
    let (mut earlier, mut later) = (HashMap::new(), HashSet::new());
    for (rank, other) in others {
        for point in emitted(world, &other.id) {
            if rank < world.rank(place) {
                earlier.insert(point.id, point);
            } else {
                later.insert(point.id);
            }
        }
    }
    let stated: HashSet<Uuid> = own.iter().map(|point| point.id).collect();
    let mut found = own;
    for mut point in emitted(world, corrected) {
        if stated.contains(&point.id) {
            continue;
        }
        match earlier.remove(&point.id) {
            Some(before) => point = before,
            None => {
                point.status = Status::EnteredInError;
                point.response = Arc::from(correction.id.as_str());
            }
        }
        point.recorded = recorded(correction, &world.now);
        found.push(point);
    }
    found.retain(|point| !later.contains(&point.id));
    found
}

/// All data points of a case, in the order in which they came about.
pub fn all_points(world: &Rc<World>) -> Vec<DataPoint> {
    let completed = world
        .case
        .responses
        .iter()
        .filter(|response| response.completed.is_some());
    completed
        .flat_map(|response| points_in(world, &response.id))
        .collect()
}

/// The moment of a completion; where only its day is known, the time of day of the present.
fn recorded(response: &Response, now: &DateTime) -> DateTime {
    let day = response.completed.unwrap_or_else(|| now.date());
    let known = response.completed_at.clone();
    known.unwrap_or_else(|| DateTime::new(day, now.time().clone()))
}

fn emitted(world: &Rc<World>, id: &str) -> Vec<DataPoint> {
    let Some(response) = world.case.response(id) else {
        return Vec::new();
    };
    let Some(session) = Session::in_world(world, Part::Response(id)) else {
        return Vec::new();
    };
    let emissions = world.method.emissions.iter();
    let mut points = Vec::new();
    for emission in emissions.filter(|emission| emission.form == response.form) {
        from_rule(&session, world, emission, response, &mut points);
    }
    points
}

/// Adds the points that an emission gives.
fn from_rule(
    session: &Session,
    world: &World,
    emission: &Emission,
    response: &Response,
    points: &mut Vec<DataPoint>,
) {
    let sight = session.sight();
    let elements = match &emission.each {
        None => vec![Value::Null],
        Some(rule) => match sight.value(rule) {
            Value::List(items) => items.to_vec(),
            Value::Null => Vec::new(),
            one => vec![one],
        },
    };
    let before = points.len();
    points.reserve(elements.len());
    // What all have in common is kept once.
    let form: Arc<str> = Arc::from(response.form.as_str());
    let of: Arc<str> = Arc::from(response.id.as_str());
    let recorded = recorded(response, &world.now);
    for element in &elements {
        let sight = sight.with(element);
        let ask = |rule: &Rule| sight.value(rule);
        if emission
            .when
            .as_ref()
            .is_some_and(|rule| ask(rule).as_bool() != Some(true))
        {
            continue;
        }
        let identity = match ask(&emission.identity) {
            Value::Null => continue,
            Value::String(text) => text,
            other => other.to_string().into(),
        };
        let Value::Date(dated) = ask(&emission.dated) else {
            continue;
        };
        let id = Uuid::new_v5(
            &world.method.namespace,
            format!("{}\n{}\n{identity}", world.case.id, emission.kind).as_bytes(),
        );
        // The same fact twice in one response is one point; the later element speaks.
        let mut own = points.iter().skip(before);
        if let Some(place) = own.position(|point| point.id == id) {
            points.remove(before + place);
        }
        points.push(DataPoint {
            id,
            kind: Arc::clone(&emission.kind),
            title: Arc::clone(&emission.title),
            form: Arc::clone(&form),
            response: Arc::clone(&of),
            identity,
            dated,
            recorded: recorded.clone(),
            status: match &emission.entered_in_error {
                Some(rule) if ask(rule).as_bool() == Some(true) => Status::EnteredInError,
                _ => Status::Active,
            },
            answer: emission.answer.as_ref().and_then(|rule| match ask(rule) {
                Value::String(path) => Some(path),
                _ => None,
            }),
            attributes: emission
                .attributes
                .iter()
                .map(|(name, rule)| (Arc::clone(name), ask(rule).to_plain_json()))
                .collect(),
        });
    }
}
