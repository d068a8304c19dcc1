//! Going through all stored cases of a version.

use std::path::Path;
use std::sync::Arc;

use metode::case::Case;

use super::{Body, Summary};
use crate::store::{self, CaseId, Store, StoreError};

/// How many summaries are read at a time.
const PAGE: usize = 500;

/// The store in a directory, which must be there.
pub fn existing(data: &Path) -> Result<Arc<dyn Store>, String> {
    if !data.join("sled").is_dir() {
        return Err(format!("there are no cases in `{}`", data.display()));
    }
    store::open(data).map_err(|error| error.to_string())
}

/// Visits the summary of each case, in the order of their ids.
pub fn each_summary(store: &dyn Store, visit: &mut dyn FnMut(CaseId, Summary)) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let page = store.cases(after.as_ref(), PAGE)?;
        let Some((last, _)) = page.last() else {
            return Ok(());
        };
        after = Some(*last);
        for (id, summary) in page {
            visit(id, serde_json::from_slice(&summary)?);
        }
    }
}

/// Names each case of a version, in the order of their ids.
pub fn ids_of(store: &dyn Store, method: &str, visit: &mut dyn FnMut(CaseId)) -> Result<(), String> {
    let mut one = |id, summary: Summary| {
        if summary.method == method {
            visit(id);
        }
    };
    each_summary(store, &mut one).map_err(|error| error.to_string())
}

/// Visits each case of a version, in the order of their ids.
pub fn each_of(store: &dyn Store, method: &str, visit: &mut dyn FnMut(&Case)) -> Result<(), String> {
    let mut failure = Ok(());
    ids_of(store, method, &mut |id| {
        let read = || -> Result<Option<Case>, String> {
            let record = store.load(&id).map_err(|error| error.to_string())?;
            let Some(record) = record else { return Ok(None) };
            let body: Body = serde_json::from_slice(&record.body).map_err(|error| error.to_string())?;
            Ok(Some(body.case))
        };
        match read() {
            Ok(Some(case)) => visit(&case),
            Ok(None) => {}
            Err(message) => failure = Err(format!("case {id}: {message}")),
        }
    })?;
    failure
}
