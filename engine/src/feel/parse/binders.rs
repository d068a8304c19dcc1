//! What gives names to values: iterations and functions, with the types of their parameters.

use super::operators::Binding;
use super::words::Word;
use super::{Parser, Result, is_keyword, joins};
use crate::feel::ast::{Expr, Iterator, Kind, Parameter, TypeName, Word as Name};

impl Parser<'_, '_> {
    /// `for … return …`.
    pub(super) fn iteration(&mut self) -> Result<Expr> {
        let start = self.start();
        self.nested(|parser| {
            let iterators = parser.iterators()?;
            parser.expect(Word::Name("return"), "`return`")?;
            let body = parser.expression()?;
            parser.made(Kind::For(iterators, Box::new(body)), start..parser.end())
        })
    }

    /// `some … satisfies …` and `every … satisfies …`.
    pub(super) fn quantified(&mut self, every: bool) -> Result<Expr> {
        let start = self.start();
        self.nested(|parser| {
            let iterators = parser.iterators()?;
            parser.expect(Word::Name("satisfies"), "`satisfies`")?;
            let condition = Box::new(parser.expression()?);
            let kind = Kind::Quantified {
                every,
                iterators,
                condition,
            };
            parser.made(kind, start..parser.end())
        })
    }

    fn iterators(&mut self) -> Result<Vec<Iterator>> {
        let mut iterators = Vec::new();
        self.advance();
        loop {
            let name = self.variable(Some("in"))?;
            self.expect(Word::Name("in"), "`in`")?;
            let from = self.expression()?;
            let to = if self.found(Word::Sign("..")) {
                Some(self.operators(Binding::Sum)?)
            } else {
                None
            };
            iterators.push(Iterator { name, from, to });
            if !self.found(Word::Sign(",")) {
                return Ok(iterators);
            }
        }
    }

    /// A new name, which may be several words: everything up to the word `until`, or up to the end of a parameter.
    fn variable(&mut self, until: Option<&str>) -> Result<Name> {
        let rest = self.pieces.get(self.at..).unwrap_or_default();
        let inner = |word: Word| match word {
            Word::Name(name) => Some(name) != until,
            other => until.is_none() && (matches!(other, Word::Number(_)) || joins(other)),
        };
        let count = rest.iter().take_while(|piece| inner(piece.word)).count();
        let follows = rest.get(count).map_or(Word::End, |piece| piece.word);
        let whole = match until {
            Some(until) => follows == Word::Name(until),
            None => matches!(follows, Word::Sign(_)),
        };
        let first = match rest.first() {
            Some(first) if matches!(first.word, Word::Name(name) if !is_keyword(name)) => *first,
            _ => return Err(self.unexpected("a name")),
        };
        let words = if whole { count } else { 1 };
        let end = rest
            .get(words.saturating_sub(1))
            .map_or(first.end, |last| last.end);
        self.at += words;
        let name = self.spelled(first.start..end);
        // A variable is known where it stands, a parameter in the body behind its brackets.
        let depth = self.brackets.saturating_sub(usize::from(until.is_none()));
        self.vocabulary.add(&name.text, depth);
        Ok(name)
    }

    /// `function(…) …`.
    pub(super) fn function(&mut self) -> Result<Expr> {
        let start = self.start();
        self.nested(|parser| {
            parser.advance();
            if parser.peek() != Word::Sign("(") {
                return Err(parser.unexpected("`(`"));
            }
            let parameters = parser.bracketed(Self::parameters)?;
            let external = parser.found(Word::Name("external"));
            let body = parser.expression()?;
            let body = (!external).then(|| Box::new(body));
            parser.made(Kind::Function(parameters, body), start..parser.end())
        })
    }

    fn parameters(&mut self) -> Result<Vec<Parameter>> {
        let mut parameters = Vec::new();
        if self.found(Word::Sign(")")) {
            return Ok(parameters);
        }
        loop {
            parameters.push(match self.key(1) {
                Some(name) => Parameter {
                    name,
                    kind: Some(self.type_name()?),
                },
                None => Parameter {
                    name: self.variable(None)?,
                    kind: None,
                },
            });
            if !self.comma_or(")")? {
                return Ok(parameters);
            }
        }
    }

    /// The name of a type.
    pub(super) fn type_name(&mut self) -> Result<TypeName> {
        self.nested(|parser| {
            let first = parser.peek();
            if parser.piece(1).word == Word::Sign("<") {
                match first {
                    Word::Name("list") => return Ok(TypeName::List(Box::new(parser.one_inside()?))),
                    Word::Name("range") => return Ok(TypeName::Range(Box::new(parser.one_inside()?))),
                    Word::Name("context") => {
                        return parser.inside(Self::member).map(TypeName::Context);
                    }
                    Word::Name("function") => {
                        let parameters = parser.inside(Self::type_name)?;
                        parser.expect(Word::Sign("->"), "`->`")?;
                        return Ok(TypeName::Function(parameters, Box::new(parser.type_name()?)));
                    }
                    _ => {}
                }
            }
            let mut name = parser.name(false, "the name of a type")?;
            while parser.peek() == Word::Sign(".") {
                parser.advance();
                let part = parser.name(true, "a name")?;
                name = parser.spelled(name.span.start..part.span.end);
            }
            Ok(TypeName::Plain(name))
        })
    }

    fn one_inside(&mut self) -> Result<TypeName> {
        self.at += 2;
        let kind = self.type_name()?;
        self.expect(Word::Sign(">"), "`>`")?;
        Ok(kind)
    }

    /// What stands between `<` and `>`, separated by commas.
    fn inside<T>(&mut self, read: fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        self.at += 2;
        let mut parts = Vec::new();
        if self.found(Word::Sign(">")) {
            return Ok(parts);
        }
        loop {
            parts.push(read(self)?);
            if self.found(Word::Sign(">")) {
                return Ok(parts);
            }
            self.expect(Word::Sign(","), "`,` or `>`")?;
        }
    }

    fn member(&mut self) -> Result<(Name, TypeName)> {
        let Some(name) = self.key(0) else {
            return Err(self.unexpected("a name and `:`"));
        };
        Ok((name, self.type_name()?))
    }
}
