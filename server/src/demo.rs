//! Fictive cases for a demonstration.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;

use metode::case::CaseFile;
use metode::definition::Library;
use metode::diagnostic;
use metode::emission::all_points;
use metode::source::Source;
use uuid::Uuid;

use crate::app::App;
use crate::casework::{Actor, What, fresh, save};
use crate::clock;
use crate::store::CaseId;

/// Loads the cases that are marked `demo` into an empty store: of versions that have begun, each once and by the newest that has it.
pub async fn fill(app: &App) -> Result<(), String> {
    let empty = app
        .store
        .cases(None, 1)
        .map_err(|error| error.to_string())?
        .is_empty();
    if !empty {
        return Ok(());
    }
    let (library, today) = (app.library(), clock::now().date());
    let begun = library
        .methods()
        .iter()
        .filter(|method| method.valid_from <= today);
    let mut newest: Vec<_> = begun.collect();
    newest.sort_by_key(|method| Reverse(method.valid_from));
    let mut known = HashSet::new();
    for method in newest {
        for source in &method.cases {
            if let Err(problem) = load(app, &library, &method.namespace, source, &mut known).await {
                // One bad example must not keep the others away.
                eprintln!("{problem}");
            }
        }
    }
    Ok(())
}

async fn load(
    app: &App,
    library: &Library,
    namespace: &Uuid,
    source: &Arc<Source>,
    known: &mut HashSet<Uuid>,
) -> Result<(), String> {
    let file = CaseFile::read(library, source).map_err(|problems| diagnostic::render(&problems))?;
    let id = Uuid::new_v5(namespace, file.case.id.as_bytes());
    if !file.demo || !known.insert(id) {
        return Ok(());
    }
    let mut opened = fresh(app, &file.method.name()).map_err(|error| format!("{error:?}"))?;
    opened.id = CaseId::from(id);
    opened.case = file.case;
    opened.case.id = opened.id.to_string();
    opened.events.push(What::Opened {
        method: opened.case.method.clone(),
    });
    for response in &opened.case.responses {
        let (place, form) = (response.id.clone(), response.form.clone());
        opened.events.push(What::Started {
            place: place.clone(),
            form: form.clone(),
            corrects: response.corrects.clone(),
        });
    }
    opened.points = all_points(&opened.world());
    let completed: Vec<What> = opened
        .case
        .responses
        .iter()
        .filter(|response| response.completed.is_some())
        .map(|response| What::Completed {
            place: response.id.clone(),
            form: response.form.clone(),
            points: opened
                .points
                .iter()
                .filter(|point| *point.response == response.id)
                .count(),
        })
        .collect();
    opened.events.extend(completed);
    let actor = Actor {
        name: "Demonstration".to_owned(),
        page: None,
    };
    save(app, &mut opened, &actor)
        .await
        .map_err(|error| error.to_string())
}
