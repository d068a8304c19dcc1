//! What reports held does not stay for ever: people can look at it for a while, then only that there was a report is left.

use jiff::Timestamp;

use super::book::Book;
use crate::store::StoreError;

/// How many reports one step takes.
const CHUNK: usize = 50;

/// Takes away the content of reports, and what the receiver said of it, of which nothing more has become since a moment;
/// how many they are. Id, day, status and where their parts came from stay: what was sent is not sent again, and a
/// correction is still known to be one.
pub async fn forget(book: &Book, before: Timestamp) -> Result<usize, StoreError> {
    let before = format!("{before:.3}");
    let (mut after, mut forgotten) = (None, 0);
    loop {
        let chunk = book.held(after, CHUNK)?;
        let mut step = book.step()?;
        let mut newer = false;
        for (number, body) in &chunk {
            after = Some(*number);
            let Some(former) = book.entry(*number)? else {
                continue;
            };
            // Those behind it were made later still.
            newer = former.value.made >= before;
            if newer {
                break;
            }
            if former.value.status.is_open() || former.value.since >= before {
                continue;
            }
            let mut entry = former.value.clone();
            entry.answer = None;
            entry.issues.clear();
            step.change(&former, &entry)?;
            step.forget(*number, body.clone());
            forgotten += 1;
        }
        step.save().await?;
        if newer || chunk.len() < CHUNK {
            return Ok(forgotten);
        }
    }
}
