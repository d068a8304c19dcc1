//! What a case file says of data needs, and whether it comes out.

use super::CaseFile;
use crate::needs::needs;

/// What does not come out as the file says: where in its expectations, and what is wrong. With it, how many were looked at.
pub(super) fn judge(file: &CaseFile) -> (usize, Vec<(String, String)>) {
    let (mut looked, mut found) = (0, Vec::new());
    let phases = needs(&file.method, &file.case, &file.now);
    for (id, wanted) in &file.expect.needs {
        let at = format!("/needs/{id}");
        let Some(phase) = phases.iter().find(|phase| phase.phase == *id) else {
            looked += 1;
            found.push((at, format!("nothing is needed in a phase `{id}`")));
            continue;
        };
        let sums = &phase.sums;
        let counts = [
            ("of", wanted.of, sums.of),
            ("received", wanted.received, sums.received),
            ("spent", wanted.spent.map(minutes), minutes(sums.spent)),
            ("left", wanted.left.map(minutes), minutes(sums.left)),
        ];
        for (key, wanted, is) in counts {
            looked += usize::from(wanted.is_some());
            if wanted.is_some_and(|wanted| wanted != is) {
                found.push((format!("{at}/{key}"), format!("`{key}` is {is}")));
            }
        }
        let need = |id: &str| phase.needs.iter().find(|need| need.id == id);
        for (id, status) in &wanted.status {
            looked += 1;
            match need(id) {
                Some(need) if need.status.as_str() == Some(status) => {}
                Some(need) => found.push((format!("{at}/status/{id}"), format!("`{id}` is {}", need.status))),
                None => found.push((format!("{at}/status/{id}"), format!("`{id}` is not needed"))),
            }
        }
        for (index, id) in wanted.none.iter().enumerate() {
            looked += 1;
            if need(id).is_some() {
                found.push((format!("{at}/none/{index}"), format!("`{id}` is needed")));
            }
        }
    }
    (looked, found)
}

fn minutes(minutes: u32) -> usize {
    usize::try_from(minutes).unwrap_or(usize::MAX)
}
