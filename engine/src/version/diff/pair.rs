//! Which things of two versions are the same.

use std::collections::BTreeMap;

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
/// `becomes` gives the key under which a thing of the first version is known in the second; several can become one. Of
/// those with the same key the first is the first, and so on. What may be the same although nothing says so is found
/// where it is no question which.
pub fn pair<T: Compared>(
    old: impl IntoIterator<Item = T>,
    new: impl IntoIterator<Item = T>,
    becomes: impl Fn(String) -> String,
) -> Paired<T> {
    let mut new: Vec<(T, bool)> = new.into_iter().map(|one| (one, false)).collect();
    let mut known: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, (one, _)) in new.iter().enumerate() {
        known.entry(one.key()).or_default().push(index);
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut paired = Vec::new();
    for one in old {
        let key = one.key();
        let found = known.get(&becomes(key.clone()));
        let nth = seen.entry(key).or_default();
        let index = found.and_then(|found| found.get(*nth)).copied();
        *nth += 1;
        let there = index.and_then(|index| new.get_mut(index)).map(|(other, kept)| {
            *kept = true;
            There::Same(*other)
        });
        paired.push((one, there.unwrap_or(There::Gone)));
    }
    let mut old = paired;
    let come = new.into_iter().filter(|(_, kept)| !kept);
    let mut come: Vec<(T, Option<(T, Alike)>)> = come.map(|(one, _)| (one, None)).collect();
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
