//! Things of two versions side by side: what is gone, what is new, and what differs in what stays.

use super::change::{Alike, Change, Note, Part, Thing, What};
use super::class::Class;
use super::pair::{Paired, There};
use crate::definition::Rule;
use crate::source::Place;

/// A kind of thing that versions consist of.
pub trait Compared: Copy {
    /// What makes it the same thing in another version.
    fn key(self) -> String;
    /// As changes speak of it.
    fn about(self) -> About;
    /// What is shown of it when it is gone or new.
    fn text(self) -> String {
        self.about().label
    }
    /// What it means that it is gone.
    fn gone(self) -> Class {
        Class::Breaking
    }
    /// What it means that it is new.
    fn come(self) -> Class {
        Class::Addition
    }
    /// Why it may be the same as one that is new.
    fn alike(self, _other: Self) -> Option<Alike> {
        None
    }
    /// What is to be said when it is gone or new, for instance by the migration.
    fn notes(self) -> Vec<Note> {
        Vec::new()
    }
    /// What happened to it when it has another key, and what that means.
    fn elsewhere(self, other: Self) -> Option<(What, Class)> {
        (self.key() != other.key()).then_some((What::Renamed, Class::Breaking))
    }
    /// Notes what differs between two of the same.
    fn compare(both: &mut Both<'_, Self>);
}

/// A thing as changes speak of it.
#[derive(Debug, Clone)]
pub struct About {
    /// The part of the method.
    pub part: Part,
    /// What kind of thing.
    pub thing: Thing,
    /// Which one.
    pub at: String,
    /// What people call it.
    pub label: String,
    /// Where it stands.
    pub place: Option<Place>,
}

/// The same thing in two versions.
pub struct Both<'a, T> {
    /// In the first version.
    pub old: T,
    /// In the second version.
    pub new: T,
    /// What was found.
    pub changes: &'a mut Vec<Change>,
    about: About,
    there: About,
    key: Option<String>,
}

/// What it means when a property comes, goes or is another.
#[derive(Clone, Copy)]
pub struct Meaning {
    /// There was none.
    pub added: Class,
    /// There is none any more.
    pub removed: Class,
    /// It says something else.
    pub changed: Class,
}

impl Meaning {
    /// A property whose coming, going and changing means this.
    pub const fn of(added: Class, removed: Class, changed: Class) -> Self {
        Self {
            added,
            removed,
            changed,
        }
    }
}

impl From<Class> for Meaning {
    fn from(class: Class) -> Self {
        Self::of(class, class, class)
    }
}

/// Tells what became of things, in the order of the first version and behind them what is new.
pub fn tell<T: Compared>(paired: &Paired<T>, changes: &mut Vec<Change>) {
    for (old, there) in &paired.old {
        match there {
            There::Same(new) => {
                let mut both = both(*old, *new, changes);
                let so_far = both.changes.len();
                T::compare(&mut both);
                both.answers(so_far);
            }
            There::Perhaps(other, alike) => changes.push(gone(*old, Some((*other, *alike)))),
            There::Gone => changes.push(gone(*old, None)),
        }
    }
    changes.extend(paired.come.iter().map(|(new, was)| come(*new, *was)));
}

/// Both sides of a thing; that it has another key is noted already.
pub fn both<T: Compared>(old: T, new: T, changes: &mut Vec<Change>) -> Both<'_, T> {
    let keys = (old.key(), new.key());
    let both = Both {
        old,
        new,
        changes,
        about: old.about(),
        there: new.about(),
        key: (keys.0 != keys.1).then(|| keys.1.clone()),
    };
    if let Some((what, class)) = old.elsewhere(new) {
        let mut change = both.change(what, class, None, Some(keys.0), Some(keys.1));
        change.notes.push(Note::Declared);
        both.changes.push(change);
    }
    both
}

/// Something is gone.
pub fn gone<T: Compared>(old: T, perhaps: Option<(T, Alike)>) -> Change {
    let about = old.about();
    let mut change = Change::new(&about, What::Removed, old.gone());
    change.before = Some(old.text());
    change.old = about.place;
    change.notes = old.notes();
    // What the migration says is no question any more.
    if change.notes.iter().all(|note| matches!(note, Note::Holds { .. })) {
        change.notes.extend(hint(perhaps));
    }
    change
}

/// Something is new.
pub fn come<T: Compared>(new: T, perhaps: Option<(T, Alike)>) -> Change {
    let about = new.about();
    let mut change = Change::new(&about, What::Added, new.come());
    change.after = Some(new.text());
    change.new = about.place;
    change.notes = new.notes();
    change.notes.extend(hint(perhaps));
    change
}

fn hint<T: Compared>(perhaps: Option<(T, Alike)>) -> Option<Note> {
    let (other, alike) = perhaps?;
    Some(Note::Perhaps {
        other: other.key(),
        alike,
    })
}

impl Change {
    /// A change of which nothing is known yet but what happened.
    pub(super) fn new(about: &About, what: What, class: Class) -> Self {
        Self {
            part: about.part.clone(),
            thing: about.thing,
            at: about.at.clone(),
            there: None,
            label: about.label.clone(),
            what,
            key: None,
            class,
            before: None,
            after: None,
            old: None,
            new: None,
            notes: Vec::new(),
            behaviour: None,
        }
    }
}

impl<T: Compared> Both<'_, T> {
    /// Notes that what stays gets other answers in running cases, because the migration says so.
    fn answers(&mut self, so_far: usize) {
        let mut said = self.old.notes();
        said.retain(|note| !matches!(note, Note::Holds { .. }));
        let there = self.new.key();
        let itself = |note: &Note| matches!(note, Note::Becomes { places } if *places == [there.as_str()]);
        if said.is_empty() || (self.key.is_some() && said.iter().all(itself)) {
            return;
        }
        let of = |change: &&mut Change| change.at == self.about.at && change.what == What::Retyped;
        if let Some(change) = self.changes.iter_mut().skip(so_far).find(of) {
            change.notes.extend(said);
            return;
        }
        let mut change = self.change(What::Changed, Class::Breaking, Some("answers"), None, None);
        change.notes = said;
        self.changes.push(change);
    }
}

impl<T: Copy> Both<'_, T> {
    /// A change of this thing.
    pub fn change(
        &self,
        what: What,
        class: Class,
        key: Option<&'static str>,
        before: Option<String>,
        after: Option<String>,
    ) -> Change {
        let mut change = Change::new(&self.about, what, class);
        change.there.clone_from(&self.key);
        change.label.clone_from(&self.there.label);
        change.key = key;
        (change.before, change.after) = (before, after);
        change.old.clone_from(&self.about.place);
        change.new.clone_from(&self.there.place);
        change
    }

    /// Notes that a property is another.
    pub fn text(
        &mut self,
        key: &'static str,
        meaning: impl Into<Meaning>,
        get: impl Fn(T) -> Option<String>,
    ) {
        let (before, after) = (get(self.old), get(self.new));
        if before != after {
            let (what, class) = meaning.into().judge(before.is_some(), after.is_some());
            let change = self.change(what, class, Some(key), before, after);
            self.changes.push(change);
        }
    }

    /// Notes that a mark or a switch is set or not; `on` is what setting it means, `off` what taking it away means.
    pub fn flag(&mut self, key: &'static str, on: Class, off: Class, get: impl Fn(T) -> bool) {
        let class = if get(self.new) { on } else { off };
        self.text(key, class, |one| {
            Some(if get(one) { "yes" } else { "no" }.to_owned())
        });
    }

    /// Notes that a rule is another; the change, when it is.
    pub fn rule(
        &mut self,
        key: &'static str,
        meaning: impl Into<Meaning>,
        before: Option<&Rule>,
        after: Option<&Rule>,
    ) -> Option<&mut Change> {
        if before.is_none() && after.is_none() || before.zip(after).is_some_and(|(a, b)| same(a, b)) {
            return None;
        }
        let (what, class) = meaning.into().judge(before.is_some(), after.is_some());
        let text = |rule: &Rule| rule.program.text().to_owned();
        let mut change = self.change(what, class, Some(key), before.map(text), after.map(text));
        change.old = before.map(|rule| rule.place.clone()).or(change.old);
        change.new = after.map(|rule| rule.place.clone()).or(change.new);
        self.changes.push(change);
        self.changes.last_mut()
    }

    /// Notes that what both have stands in another order.
    pub fn order(&mut self, key: &'static str, ids: impl Fn(T) -> Vec<String>) {
        let (old, new) = (ids(self.old), ids(self.new));
        let common = |own: &[String], other: &[String]| -> Vec<String> {
            own.iter().filter(|id| other.contains(id)).cloned().collect()
        };
        let (before, after) = (common(&old, &new), common(&new, &old));
        if before != after {
            let (before, after) = (Some(before.join(", ")), Some(after.join(", ")));
            let change = self.change(What::Changed, Class::Wording, Some(key), before, after);
            self.changes.push(change);
        }
    }
}

impl Meaning {
    fn judge(self, before: bool, after: bool) -> (What, Class) {
        match (before, after) {
            (false, _) => (What::Added, self.added),
            (_, false) => (What::Removed, self.removed),
            _ => (What::Changed, self.changed),
        }
    }
}

/// Whether two rules are written the same, but for white space between words.
pub fn same(a: &Rule, b: &Rule) -> bool {
    let (a, b) = (a.program.text(), b.program.text());
    // Within quotes white space counts.
    a == b || (!a.contains('"') && a.split_whitespace().eq(b.split_whitespace()))
}
