//! Which things of two versions are the same.

use std::collections::{BTreeMap, BTreeSet};

use super::both::Compared;
use super::change::Alike;

/// What became of a thing of the first version.
#[derive(Debug, Clone, Copy)]
pub enum There<T> {
    /// It is this in the second version.
    Same(T),
    /// It is gone; this one is new, and so much like it that it may be the same.
    Perhaps(T, Alike),
    /// It is gone.
    Gone,
}

/// Things of two versions.
#[derive(Debug)]
pub struct Paired<T> {
    /// Those of the first version in their order, with what became of them.
    pub old: Vec<(T, There<T>)>,
    /// Those that are new in the second, with the one that is gone and may be the same.
    pub come: Vec<(T, Option<(T, Alike)>)>,
}

/// Pairs the things of two versions by their key.
///
/// `becomes` gives the key under which a thing of the first version is known in the second; several can become one. What may
/// be the same although nothing says so is found where it is no question which.
pub fn pair<T: Compared>(
    old: impl IntoIterator<Item = T>,
    new: impl IntoIterator<Item = T>,
    becomes: impl Fn(String) -> String,
) -> Paired<T> {
    let new: Vec<T> = new.into_iter().collect();
    let known: BTreeMap<String, T> = new.iter().map(|one| (one.key(), *one)).collect();
    let mut kept = BTreeSet::new();
    let mut old: Vec<(T, There<T>)> = old
        .into_iter()
        .map(|one| {
            let key = becomes(one.key());
            let there = known.get(&key).map_or(There::Gone, |other| There::Same(*other));
            kept.insert(key);
            (one, there)
        })
        .collect();
    let mut come: Vec<(T, Option<(T, Alike)>)> = new
        .into_iter()
        .filter(|one| !kept.contains(&one.key()))
        .map(|one| (one, None))
        .collect();
    for (gone, other, why) in likely(&old, &come) {
        if let (Some((one, there)), Some((another, was))) = (old.get_mut(gone), come.get_mut(other)) {
            *there = There::Perhaps(*another, why);
            *was = Some((*one, why));
        }
    }
    Paired { old, come }
}

/// What is gone and what is new, where each is the only one that is so much like the other.
fn likely<T: Compared>(
    old: &[(T, There<T>)],
    come: &[(T, Option<(T, Alike)>)],
) -> Vec<(usize, usize, Alike)> {
    let mut found = Vec::new();
    for (gone, (one, _)) in old
        .iter()
        .enumerate()
        .filter(|(_, (_, there))| matches!(there, There::Gone))
    {
        for (new, (other, _)) in come.iter().enumerate() {
            found.extend(one.alike(*other).map(|why| (gone, new, why)));
        }
    }
    let only = |(gone, new, why): &(usize, usize, Alike)| {
        let rivals =
            |other: &&(usize, usize, Alike)| other.2 <= *why && (other.0 == *gone || other.1 == *new);
        found.iter().filter(rivals).count() == 1
    };
    found.iter().filter(|one| only(one)).copied().collect()
}
