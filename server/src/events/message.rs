//! The messages themselves.

use std::collections::BTreeMap;

use metode::case::Response;
use metode::emission::DataPoint;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::store::CaseId;

/// A response was completed for the first time.
pub const COMPLETED: &str = "metode.response.completed";
/// The correction of a response was completed.
pub const CORRECTED: &str = "metode.response.corrected";

/// What is known of the case or its citizen was changed.
pub const CHANGED: &str = "metode.case.changed";

/// Tells that what is known of a case or its citizen was changed, and not what.
pub fn changed(case: &CaseId, method: &str, at: &str) -> Json {
    message(CHANGED, case, at, json!({ "method": method }))
}

/// Tells that a response was completed: which form of which case, and how many data points of which types arose. Nothing
/// that anybody typed is in it.
pub fn completed(case: &CaseId, method: &str, response: &Response, points: &[DataPoint], at: &str) -> Json {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for point in points.iter().filter(|point| *point.response == response.id) {
        *counts.entry(&point.kind).or_default() += 1;
    }
    let kind = if response.corrects.is_some() {
        CORRECTED
    } else {
        COMPLETED
    };
    let data = json!({
        "method": method,
        "form": response.form,
        "response": response.id,
        "corrects": response.corrects,
        "data_points": counts,
    });
    message(kind, case, at, data)
}

fn message(kind: &str, case: &CaseId, at: &str, data: Json) -> Json {
    json!({
        "specversion": "1.0",
        "id": Uuid::new_v4(),
        "source": "/cases",
        "type": kind,
        "subject": case,
        "time": at,
        "datacontenttype": "application/json",
        "data": data,
    })
}

/// The type of a message, as it was saved.
pub fn kind(message: &[u8]) -> Option<String> {
    let message: Json = serde_json::from_slice(message).ok()?;
    Some(message.get("type")?.as_str()?.to_owned())
}

/// The id of a message, as it was saved.
pub fn id(message: &[u8]) -> Option<String> {
    let message: Json = serde_json::from_slice(message).ok()?;
    Some(message.get("id")?.as_str()?.to_owned())
}
