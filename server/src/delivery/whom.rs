//! Whom cases are about, and what becomes of what was told of somebody else, or under another name.

use std::collections::{BTreeMap, BTreeSet};

use metode::report::{self, History, Origin};

use super::book::Link;
use super::collect::Work;
use crate::casework::Opened;
use crate::store::{CaseId, StoreError};

/// Whom a case is about.
pub(super) struct Whom {
    /// What the books know the citizen by.
    pub citizen: String,
    /// What the books know the identifiers by that the case goes by.
    named: String,
}

impl Work<'_> {
    /// Whom a case is about; a case that does not say is about somebody of its own.
    pub(super) fn whom(&mut self, opened: &Opened) -> Whom {
        let template = self.route.makes.today(&self.library);
        let mut alone = History::default();
        alone.add(&opened.world(), Vec::new());
        let about = report::about(template, &alone).unwrap_or_else(|| opened.id.to_string());
        Whom {
            citizen: self.step.citizen(&about),
            named: self.step.citizen(&report::identifiers(template, &alone)),
        }
    }

    /// How a case is about a citizen now. When it was told of another one, or by other identifiers, all of it is to be told anew.
    pub(super) fn link(
        &mut self,
        case: &CaseId,
        name: &str,
        whom: Option<&Whom>,
    ) -> Result<Link, StoreError> {
        let mut known = self.book.citizens(case)?;
        let before = known.remove(name).map(|kept| kept.value);
        let Some(whom) = whom else {
            return Ok(before.unwrap_or_default());
        };
        let renamed = before.as_ref().is_some_and(|before| before.named != whom.named);
        let mut moved = renamed && self.left(name)?.contains_key(&case.to_string());
        let since = before.as_ref().map(|before| before.since.as_ref());
        for (former, other) in &known {
            let after = since.is_none_or(|since| since <= other.value.since.as_ref());
            moved |= after && self.left(former)?.contains_key(&case.to_string());
        }
        let since = before.and_then(|before| before.since);
        Ok(Link {
            since: if moved {
                Some(self.now.local.to_string())
            } else {
                since
            },
            named: whom.named.clone(),
        })
    }

    /// The responses of which the receiver may know, by case.
    pub(super) fn left(&self, citizen: &str) -> Result<BTreeMap<String, BTreeSet<String>>, StoreError> {
        let mut left: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
        for kept in self.book.about(citizen, None)? {
            if kept.value.left || kept.value.away {
                let origins: Vec<Origin> = self.book.origins(kept.value.number)?;
                for origin in origins {
                    left.entry(origin.case.to_string())
                        .or_default()
                        .insert(origin.response.to_string());
                }
            }
        }
        Ok(left)
    }
}
