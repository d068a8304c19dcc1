//! Whether people are asked now if a case moves to the later version.

use super::Migration;
use crate::case::Case;
use crate::value::Date;

impl Migration {
    /// What people are asked, when a case can suitably move: between two forms, at the phase that the migration names, once the
    /// later version holds.
    pub fn asks(&self, case: &Case, today: Date) -> Option<&str> {
        let ask = self.ask.as_ref()?;
        let between = case.responses.iter().all(|response| response.completed.is_some());
        let suits = case.method == self.from.name() && self.to.valid_from <= today && between;
        let there = ask.at.is_none_or(|phase| phase == self.next_phase(case));
        (suits && there).then_some(ask.text.as_str())
    }

    /// The phase behind the last one that is begun.
    fn next_phase(&self, case: &Case) -> usize {
        let begun = self.from.phases.iter().rposition(|phase| {
            let mut responses = case.responses.iter();
            responses.any(|response| phase.forms.contains(&response.form))
        });
        begun.map_or(0, |last| last + 1)
    }
}
