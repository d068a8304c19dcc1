//! Matching by trying, for what the `regex` crate does not know.

use regex::{Regex, RegexBuilder};

use super::Groups;
use super::translate::Token;
use crate::feel::fault::Fault;
use crate::feel::limits::{Budget, PROGRAM, WAYS};

/// How many instructions a pattern may become.
const INSTRUCTIONS: usize = PROGRAM.most / size_of::<Step>();

/// The ways one call may still try.
pub(super) struct Ways(usize);

impl Ways {
    pub fn new() -> Ways {
        Ways(WAYS.most)
    }

    fn take(&mut self, number: usize) -> Result<(), Fault> {
        self.0 = self.0.checked_sub(number).ok_or_else(|| WAYS.fault())?;
        Ok(())
    }
}

/// A pattern as a program; jumps are relative to the instruction.
#[derive(Debug)]
pub(super) struct Machine {
    program: Vec<Step>,
    pub groups: usize,
    lines: bool,
    ignore_case: bool,
}

#[derive(Clone, Debug)]
enum Step {
    One(Regex),
    /// Goes on at the first, and at the second when that leads nowhere.
    Either(isize, isize),
    Jump(isize),
    Save(usize),
    /// Notes where a turn of an endless repetition begins; the number tells it from those around it.
    Mark(usize),
    /// Leaves the repetition when its turn matched nothing, because it would match nothing for ever.
    Advance(usize),
    Reference(usize),
    Start,
    End,
}

/// What to undo or to try when a way leads nowhere.
enum Back {
    Way(usize, usize),
    Restore(usize, Option<usize>),
}

impl Machine {
    pub fn new(tokens: &[Token], ignore_case: bool, lines: bool) -> Result<Machine, Fault> {
        let mut rest = tokens;
        let program = alternatives(&mut rest, ignore_case)?;
        let groups = tokens
            .iter()
            .filter(|token| matches!(token, Token::Open(Some(_))))
            .count();
        Ok(Machine {
            program,
            groups,
            lines,
            ignore_case,
        })
    }

    /// The first match at or after a position.
    pub fn find(
        &self,
        text: &str,
        from: usize,
        ways: &mut Ways,
        budget: &mut Budget,
    ) -> Result<Option<Groups>, Fault> {
        let before = ways.0;
        let starts = (from..=text.len()).filter(|at| text.is_char_boundary(*at));
        for start in starts {
            if let Some(groups) = self.run(text, start, ways)? {
                budget.spend((before - ways.0) / 8)?;
                return Ok(Some(groups));
            }
        }
        budget.spend((before - ways.0) / 8)?;
        Ok(None)
    }

    fn run(&self, text: &str, start: usize, ways: &mut Ways) -> Result<Option<Groups>, Fault> {
        let mut saved: Vec<Option<usize>> = vec![None; 2 * self.groups + 2];
        let mut back = Vec::new();
        let (mut place, mut at) = (0usize, start);
        loop {
            ways.take(1)?;
            let Some(step) = self.program.get(place) else {
                let pair = |group: usize| {
                    Some((
                        saved.get(2 * group).copied()??,
                        saved.get(2 * group + 1).copied()??,
                    ))
                };
                let mut groups: Groups = vec![Some((start, at))];
                groups.extend((1..=self.groups).map(pair));
                return Ok(Some(groups));
            };
            let rest = text.get(at..).unwrap_or("");
            let advanced = match step {
                Step::One(class) => {
                    let length = rest.chars().next().map_or(0, char::len_utf8);
                    let fits = length > 0 && class.is_match(rest.get(..length).unwrap_or(""));
                    fits.then_some((1, length))
                }
                Step::Either(first, second) => {
                    back.push(Back::Way(place.wrapping_add_signed(*second), at));
                    Some((*first, 0))
                }
                Step::Jump(by) => Some((*by, 0)),
                Step::Save(slot) => {
                    if let Some(place) = saved.get_mut(*slot) {
                        back.push(Back::Restore(*slot, *place));
                        *place = Some(at);
                    }
                    Some((1, 0))
                }
                Step::Mark(turn) => {
                    let slot = 2 * self.groups + 2 + turn;
                    if saved.len() <= slot {
                        saved.resize(slot + 1, None);
                    }
                    if let Some(place) = saved.get_mut(slot) {
                        back.push(Back::Restore(slot, *place));
                        *place = Some(at);
                    }
                    Some((1, 0))
                }
                Step::Advance(turn) => {
                    let begun = saved.get(2 * self.groups + 2 + turn).copied().flatten();
                    Some((if begun == Some(at) { 2 } else { 1 }, 0))
                }
                Step::Reference(group) => {
                    let length = saved.get(2 * group + 1).copied().flatten().unwrap_or(0);
                    // What is compared is at most what the group matched.
                    ways.take(
                        length.saturating_sub(saved.get(2 * group).copied().flatten().unwrap_or(0)) / 64,
                    )?;
                    self.referred(text, &saved, *group, rest)
                        .map(|length| (1, length))
                }
                Step::Start => {
                    let line = self.lines
                        && !rest.is_empty()
                        && text.get(..at).is_some_and(|before| before.ends_with('\n'));
                    (at == 0 || line).then_some((1, 0))
                }
                Step::End => (rest.is_empty() || self.lines && rest.starts_with('\n')).then_some((1, 0)),
            };
            if let Some((by, length)) = advanced {
                place = place.wrapping_add_signed(by);
                at += length;
                continue;
            }
            loop {
                match back.pop() {
                    None => return Ok(None),
                    Some(Back::Restore(slot, old)) => {
                        if let Some(place) = saved.get_mut(slot) {
                            *place = old;
                        }
                    }
                    Some(Back::Way(other, position)) => {
                        (place, at) = (other, position);
                        break;
                    }
                }
            }
        }
    }

    /// The length of what a group matched, if it stands here again. A group that matched nothing is empty.
    fn referred(&self, text: &str, saved: &[Option<usize>], group: usize, rest: &str) -> Option<usize> {
        let start = saved.get(2 * group).copied().flatten();
        let end = saved.get(2 * group + 1).copied().flatten();
        let matched = start
            .zip(end)
            .and_then(|(start, end)| text.get(start..end))
            .unwrap_or("");
        if !self.ignore_case {
            return rest.starts_with(matched).then_some(matched.len());
        }
        let mut here = rest.chars();
        for c in matched.chars() {
            if !here.next()?.to_lowercase().eq(c.to_lowercase()) {
                return None;
            }
        }
        Some(rest.len() - here.as_str().len())
    }
}

fn limited(program: Vec<Step>) -> Result<Vec<Step>, Fault> {
    if program.len() > INSTRUCTIONS {
        Err(PROGRAM.fault())
    } else {
        Ok(program)
    }
}

/// `a|b`, up to the end of the group.
fn alternatives(rest: &mut &[Token], ignore_case: bool) -> Result<Vec<Step>, Fault> {
    let mut branches = vec![sequence(rest, ignore_case)?];
    while let Some((Token::Or, after)) = rest.split_first() {
        *rest = after;
        branches.push(sequence(rest, ignore_case)?);
    }
    let mut program = branches.pop().unwrap_or_default();
    for mut branch in branches.into_iter().rev() {
        branch.push(Step::Jump(program.len() as isize + 1));
        branch.insert(0, Step::Either(1, branch.len() as isize + 1));
        branch.append(&mut program);
        program = limited(branch)?;
    }
    Ok(program)
}

fn sequence(rest: &mut &[Token], ignore_case: bool) -> Result<Vec<Step>, Fault> {
    let mut program = Vec::new();
    while let Some((token, after)) = rest.split_first() {
        let mut piece = match token {
            Token::Or | Token::Close => break,
            Token::Repeat { .. } => return Err("a repetition has nothing to repeat".into()),
            Token::Start => vec![Step::Start],
            Token::End => vec![Step::End],
            Token::Reference(group) => vec![Step::Reference(*group)],
            Token::One(class) => {
                let class = RegexBuilder::new(class)
                    .case_insensitive(ignore_case)
                    .size_limit(1_000_000)
                    .build();
                vec![Step::One(class.map_err(|_| {
                    Fault::new("the pattern is not a regular expression")
                })?)]
            }
            Token::Open(_) => Vec::new(),
        };
        *rest = after;
        if let Token::Open(group) = token {
            piece = alternatives(rest, ignore_case)?;
            if let Some(group) = group {
                piece.insert(0, Step::Save(2 * group));
                piece.push(Step::Save(2 * group + 1));
            }
            // The closing bracket is there: the translation saw to it.
            *rest = rest.split_first().map_or(&[], |(_, after)| after);
        }
        if let Some((Token::Repeat { least, most, lazy }, after)) = rest.split_first() {
            *rest = after;
            piece = repeated(&piece, *least, *most, *lazy)?;
        }
        program.append(&mut piece);
        program = limited(program)?;
    }
    Ok(program)
}

fn repeated(piece: &[Step], least: usize, most: Option<usize>, lazy: bool) -> Result<Vec<Step>, Fault> {
    let either = |inside: isize, past: isize| {
        if lazy {
            Step::Either(past, inside)
        } else {
            Step::Either(inside, past)
        }
    };
    let length = piece.len();
    if (length + 1).saturating_mul(most.unwrap_or(least + 1)) > INSTRUCTIONS {
        return Err(PROGRAM.fault());
    }
    let mut program = Vec::new();
    for _ in 0..least {
        program.extend_from_slice(piece);
    }
    match most {
        None => {
            let turn = |step: &Step| if let Step::Mark(turn) = step { turn + 1 } else { 0 };
            let turn = piece.iter().map(turn).max().unwrap_or(0);
            program.push(either(1, length as isize + 4));
            program.push(Step::Mark(turn));
            program.extend_from_slice(piece);
            program.push(Step::Advance(turn));
            program.push(Step::Jump(-(length as isize) - 3));
        }
        Some(most) => {
            for left in (1..=most.saturating_sub(least)).rev() {
                program.push(either(1, (left * (length + 1)) as isize));
                program.extend_from_slice(piece);
            }
        }
    }
    limited(program)
}
