//! An answer comes to stand where it belongs in the later version.

use serde_json::Value as Json;

use super::{Mapped, Stood, Work};
use crate::case::Answer;
use crate::definition::{Field, Kind, Options};
use crate::version::migration::fate::Spot;

/// Where an answer is put.
pub(super) struct Target<'a> {
    pub seat: usize,
    pub field: &'a Field,
    pub path: String,
    /// Whether texts that come here are joined.
    pub joined: bool,
}

impl<'a> Work<'a> {
    /// Lets an answer stand where it goes, with its codes as they are there.
    pub(super) fn land(&mut self, stood: &Stood<'a>, field: &Field, answer: &'a Answer, spot: &Spot) {
        let path = spot.path.join(".");
        let Some(seat) = self.seat_of(stood.seat, &spot.form.id) else {
            let reason = self.not_begun(spot.form);
            if !stood.value.is_null() {
                self.decide(stood, (spot.form, &path), &[], &reason);
            }
            return self.retire(stood, reason);
        };
        let Some(there) = spot.form.fields.get(spot.field) else {
            return;
        };
        let mut new = answer.clone();
        if let Some(Options::List(list, _)) = field.options() {
            let list = list.name();
            let mapped = self.codes(stood, &list, stood.value);
            let gone = mapped.left.iter().flat_map(|(_, codes)| codes).cloned();
            let before = stood.holding(gone.collect());
            for (between, reason) in &mapped.decisions {
                self.decide(&stood.as_was(&before), (spot.form, &path), between, reason);
            }
            for (place, reason) in &mapped.instead {
                self.decide_at(&stood.as_was(&before), place, reason);
            }
            let all_left = mapped.value.is_null() && !mapped.left.is_empty();
            for (reason, codes) in mapped.left {
                self.retire_as(stood, &stood.holding(codes), reason);
            }
            if all_left {
                return;
            }
            if let Some(provenance) = &mut new.provenance {
                provenance.value = self.codes(stood, &list, &provenance.value).value;
            }
            new.value = mapped.value;
        }
        let target = Target {
            seat,
            field: there,
            path,
            joined: spot.joined,
        };
        self.put(stood, &target, new);
    }

    /// Puts an answer where it belongs, unless another stands there.
    pub(super) fn put(&mut self, stood: &Stood, target: &Target, mut new: Answer) {
        let (Some(from), Some(to)) = (self.seats.get(stood.seat), self.seats.get(target.seat)) else {
            return;
        };
        let stands = to.new.fields.get(&target.path);
        if let Some(stands) = stands.filter(|stands| !stands.value.is_null()) {
            match (&stands.value, &new.value) {
                (Json::Array(one), Json::Array(other)) if matches!(target.field.kind, Kind::Choices(_)) => {
                    let mut all = one.clone();
                    all.extend(other.iter().filter(|code| !one.contains(code)).cloned());
                    new.value = Json::Array(all);
                }
                (stands, value) if stands == value => {}
                // What somebody emptied is no answer.
                (_, Json::Null) => return,
                (Json::String(one), Json::String(other))
                    if target.joined || self.joins.contains(&(target.seat, target.path.clone())) =>
                {
                    new.value = Json::String(format!("{one}\n{other}"));
                }
                _ => {
                    let reason = self.says("moved_place_taken");
                    if let Some(form) = to.becomes {
                        self.decide(stood, (form, &target.path), &[], &reason);
                    }
                    return self.retire(stood, reason);
                }
            }
        }
        if !stood.value.is_null() {
            let same = stood.seat == target.seat && stood.path == target.path && *stood.value == new.value;
            if same {
                self.kept += 1;
            } else {
                self.mapped.push(Mapped {
                    place: from.place.to_owned(),
                    path: stood.path.to_owned(),
                    value: stood.value.clone(),
                    to_place: to.place.to_owned(),
                    to_path: target.path.clone(),
                    to_value: new.value.clone(),
                });
            }
        }
        if target.joined {
            self.joins.insert((target.seat, target.path.clone()));
        }
        if let Some(to) = self.seats.get_mut(target.seat) {
            to.new.put(target.path.clone(), new);
        }
    }
}
