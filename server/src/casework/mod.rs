//! Work on stored cases: reading one, changing it under its revision, and what is kept of it.

mod edit;
mod event;
mod many;
mod moving;
mod scan;
mod summary;
mod tree;

use std::rc::Rc;
use std::sync::Arc;

use metode::case::{Answers, Case};
use metode::definition::{Library, Method};
use metode::emission::DataPoint;
use metode::evaluation::{Part, Session, World};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

pub use edit::{Conflict, Edit, Entry, Outcome, Refused, Removed, edit};
pub use event::{Answered, Event, Moved, What};
pub use many::{Fate, Way, move_many};
pub use moving::{left, move_back, move_on, offered, put_off, way_back};
/// The fictive people of the demonstration.
pub const DEMO_USERS: [&str; 3] = ["Sofie Holm", "Karim Aziz", "Birthe Lund"];

pub use scan::{each_of, each_summary, existing, ids_of};
pub use summary::{Summary, facts, mask, mask_within, summarise};
pub use tree::{Found, field, fields, group, rows_around, violations};

use crate::app::App;
use crate::clock::{self, Moment};
use crate::routes::WebError;
use crate::store::{Append, CaseId, Record, StoreError};

/// How often a change is tried again when somebody else saved the case in between.
const ATTEMPTS: usize = 20;

/// What the store keeps as the state of a case.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Body<C = Case, T = String> {
    /// The form in which it is written.
    format: u32,
    /// The case.
    case: C,
    /// When it was last changed, in UTC.
    changed: T,
}

/// Who does something, and from which opened page.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Name, as the history shows it.
    pub name: String,
    /// The opened page, when a script sends it.
    pub page: Option<String>,
}

/// A case as it was read, with what is being done to it.
pub struct Opened {
    /// Its name in the store.
    pub id: CaseId,
    /// The revision that was read; 0 for a new case.
    pub revision: u64,
    /// The method that it follows.
    pub method: Arc<Method>,
    /// The case.
    pub case: Case,
    /// When it was last changed, in UTC.
    pub changed: String,
    /// Now.
    pub now: Moment,
    /// What has been done to it and is not saved yet.
    pub events: Vec<What>,
    /// Data points that arose and are not saved yet.
    pub points: Vec<DataPoint>,
}

impl Opened {
    /// The case with its method, as of now.
    pub fn world(&self) -> Rc<World> {
        World::new(&self.method, Rc::new(self.case.clone()), self.now.local.clone())
    }

    /// Evaluates a response (by its id), `case` or `citizen`.
    pub fn session(&self, place: &str) -> Result<Session, WebError> {
        let part = match place {
            "case" => Part::Record,
            "citizen" => Part::Citizen,
            response => Part::Response(response),
        };
        Session::open(&self.method, &self.case, part, self.now.local.clone()).ok_or(WebError::NotFound)
    }

    /// Puts the answers of a response, `case` or `citizen` in place.
    pub fn keep(&mut self, place: &str, answers: Answers) {
        match place {
            "case" => self.case.record = answers,
            "citizen" => self.case.citizen = answers,
            response => {
                if let Some(response) = self.case.response_mut(response) {
                    response.answers = answers;
                }
            }
        }
    }

    /// The title of the case, without anything confidential.
    pub fn title(&self) -> String {
        self.session("case")
            .ok()
            .and_then(|session| session.title())
            .unwrap_or_default()
    }
}

/// Reads a case.
pub fn open(app: &App, id: &CaseId) -> Result<Opened, WebError> {
    let record = app.store.load(id)?.ok_or(WebError::NotFound)?;
    read(app, id, &record)
}

/// The case that the store has under an id.
pub fn read(app: &App, id: &CaseId, record: &Record) -> Result<Opened, WebError> {
    let body: Body = serde_json::from_slice(&record.body)?;
    let method = method_of(&app.library(), &body.case.method)?;
    Ok(Opened {
        id: *id,
        revision: record.revision,
        method,
        case: body.case,
        changed: body.changed,
        now: clock::moment(),
        events: Vec::new(),
        points: Vec::new(),
    })
}

/// The case that the store keeps as this state.
pub fn case(body: &[u8]) -> Result<Case, serde_json::Error> {
    serde_json::from_slice::<Body>(body).map(|body| body.case)
}

/// A case that is not in the store yet.
pub fn fresh(app: &App, method: &str) -> Result<Opened, WebError> {
    let id = CaseId::random();
    let now = clock::moment();
    let case = Case {
        id: id.to_string(),
        method: method.to_owned(),
        record: Answers::default(),
        citizen: Answers::default(),
        responses: Vec::new(),
    };
    Ok(Opened {
        id,
        revision: 0,
        method: method_of(&app.library(), method)?,
        case,
        changed: now.stamp.clone(),
        now,
        events: Vec::new(),
        points: Vec::new(),
    })
}

fn method_of(library: &Library, name: &str) -> Result<Arc<Method>, WebError> {
    let missing = || WebError::internal(format!("the method `{name}` is not installed"));
    library.method(name).cloned().ok_or_else(missing)
}

/// Reads a case, does something to it and saves it, from the start again when somebody else saved it in between.
/// What `step` did not note as an event is not saved.
pub async fn change<T>(
    app: &App,
    id: &CaseId,
    actor: &Actor,
    step: impl Fn(&mut Opened) -> Result<T, WebError>,
) -> Result<(Opened, T), WebError> {
    for _ in 0..ATTEMPTS {
        let mut opened = open(app, id)?;
        let result = step(&mut opened)?;
        if opened.events.is_empty() {
            return Ok((opened, result));
        }
        match save(app, &mut opened, actor).await {
            Ok(()) => return Ok((opened, result)),
            Err(StoreError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(WebError::Busy)
}

/// Saves what has been done; when it returns, it is on disk.
pub async fn save(app: &App, opened: &mut Opened, actor: &Actor) -> Result<(), StoreError> {
    let revision = opened.revision + 1;
    opened.changed = opened.now.stamp.clone();
    let events = opened
        .events
        .iter()
        .map(|what| {
            bytes(&Event {
                at: opened.now.stamp.clone(),
                who: actor.name.clone(),
                revision,
                page: actor.page.clone(),
                what,
            })
        })
        .collect::<Result<_, _>>()?;
    let append = Append {
        case: opened.id,
        expected: opened.revision,
        body: bytes(&Body {
            format: 1,
            case: &opened.case,
            changed: &opened.changed,
        })?,
        events,
        points: opened.points.iter().map(bytes).collect::<Result<_, _>>()?,
        notices: notices(opened).iter().map(bytes).collect::<Result<_, _>>()?,
        index: bytes(&summarise(opened))?,
    };
    opened.revision = app.store.append(append).await?;
    opened.events.clear();
    opened.points.clear();
    app.delivery.wake();
    Ok(())
}

/// What other systems are told of what has been done.
fn notices(opened: &Opened) -> Vec<Json> {
    let completed = opened.events.iter().filter_map(|what| match what {
        What::Completed { place, .. } => opened.case.response(place),
        _ => None,
    });
    let (id, method, at) = (&opened.id, &opened.case.method, &opened.now.stamp);
    let completed =
        completed.map(|response| crate::events::completed(id, method, response, &opened.points, at));
    let mut places = opened.events.iter().filter_map(What::place);
    // Of a new case nobody knows yet.
    let facts = opened.revision > 0 && places.any(|place| matches!(place, "case" | "citizen"));
    let changed = facts.then(|| crate::events::changed(id, method, at));
    completed.chain(changed).collect()
}

/// The audit trail of a case, oldest first.
pub fn events(app: &App, id: &CaseId) -> Result<Vec<Event>, WebError> {
    app.store
        .events(id)?
        .iter()
        .map(|stored| Ok(serde_json::from_slice(&stored.body)?))
        .collect()
}

fn bytes(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    Ok(serde_json::to_vec(value)?)
}
