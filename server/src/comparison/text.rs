//! A comparison as text, for the terminal.

use std::fmt::{self, Write};

use metode::source::Place;
use metode::version::{Change, Class, Diff, Fates};

use super::{Comparison, Touched};

impl Comparison {
    /// What changed, part by part, and what it takes.
    pub fn text(&self, touched: Option<&Touched>) -> String {
        let mut text = String::new();
        // Writing to a text cannot fail.
        let _ = self.write(&mut text, touched);
        text
    }

    fn write(&self, out: &mut String, touched: Option<&Touched>) -> fmt::Result {
        let diff = &self.diff;
        changes(out, diff, touched)?;
        if diff.changes.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{} changes", diff.changes.len())?;
        for class in Class::ALL {
            writeln!(out, "{:>6} {}", diff.count(class), class.words())?;
        }
        writeln!(
            out,
            "changed rules were asked in {} cases of both versions",
            self.trials
        )?;
        if let Some(touched) = touched {
            writeln!(
                out,
                "{} running cases of {} were looked at",
                touched.cases, diff.from
            )?;
        }
        if let (Some(class), Some(honest)) = (diff.class(), diff.honest()) {
            let (class, bump) = (class.words(), class.bump().words());
            writeln!(out, "the gravest is `{class}`: at least {honest} ({bump})")?;
        }
        if !diff.is_honest() {
            writeln!(out, "the number of {} hides that", diff.to)?;
        }
        Ok(())
    }
}

/// What changed between two editions of a catalogue, list by list.
pub fn of_editions(diff: &Diff, fates: &Fates) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    let _ = changes(&mut text, diff, None);
    let Fates {
        kept,
        relabelled,
        moved,
        added,
        ended,
    } = fates;
    text += &format!(
        "\nof the concepts {kept} are kept ({relabelled} relabelled, {moved} moved), {added} added, {ended} ended\n"
    );
    text
}

fn changes(out: &mut String, diff: &Diff, touched: Option<&Touched>) -> fmt::Result {
    writeln!(out, "{} → {}", diff.from, diff.to)?;
    if diff.changes.is_empty() {
        return writeln!(out, "nothing changed");
    }
    let mut part = None;
    let counts = touched
        .map(|touched| touched.counts.as_slice())
        .unwrap_or_default();
    for (index, change) in diff.changes.iter().enumerate() {
        if part != Some(&change.part) {
            writeln!(out, "\n{}", change.part.heading())?;
            part = Some(&change.part);
        }
        one(out, change, counts.get(index).copied())?;
    }
    Ok(())
}

fn one(out: &mut String, change: &Change, touched: Option<usize>) -> fmt::Result {
    let cases = touched.map_or_else(String::new, |count| match count {
        1 => ", 1 case".to_owned(),
        count => format!(", {count} cases"),
    });
    let (subject, event, class) = (change.subject(), change.event(), change.class.words());
    writeln!(out, "  {subject}: {event} ({class}{cases})")?;
    // Where something is taken from is worth a line, not three.
    if matches!(change.key, Some("source" | "marks" | "structured_data")) {
        return Ok(());
    }
    let sides = [
        ("-", &change.before, &change.old),
        ("+", &change.after, &change.new),
    ];
    for (sign, text, at) in sides {
        if text.is_some() || at.is_some() {
            let text = text.as_deref().unwrap_or("(nothing)");
            writeln!(
                out,
                "    {sign} {text}{}",
                at.as_ref().map_or_else(String::new, place)
            )?;
        }
    }
    for note in &change.notes {
        writeln!(out, "    note: {}", note.words())?;
    }
    if let Some(behaviour) = &change.behaviour {
        let (different, asked) = (behaviour.different, behaviour.asked);
        writeln!(out, "    in cases: {different} of {asked} come out differently")?;
        for example in &behaviour.examples {
            let (before, after) = (&example.before, &example.after);
            writeln!(out, "      {} {}: {before} → {after}", example.case, example.at)?;
        }
    }
    Ok(())
}

fn place(place: &Place) -> String {
    format!("    {}:{}", place.source.path, place.position().line)
}
