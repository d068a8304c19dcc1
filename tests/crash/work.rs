//! What the child saves and the parent expects: both follow from the number of a case and its revision alone.

use std::time::SystemTime;

use metode_server::store::CaseId;
use uuid::Uuid;

/// How many writers a child has.
pub const WRITERS: u64 = 8;

/// How many cases each writer has to itself.
pub const OWN: u64 = 3;

/// The case that all writers change.
pub const CONTESTED: u64 = WRITERS * OWN;

/// Numbers that look random and are the same for the same seed.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        // Spreads neighbouring seeds, and never gives the zero that the generator would stay at.
        Random(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// Some bytes: mostly a page of text, now and then a long document.
    fn bytes(&mut self, longest: u64) -> Vec<u8> {
        let length = match self.below(40) {
            0 => self.below(longest),
            1..6 => self.below(longest / 10),
            _ => self.below(3000),
        };
        let mut bytes = Vec::new();
        while bytes.len() < length as usize {
            bytes.extend_from_slice(&self.next().to_le_bytes());
        }
        bytes.truncate(length as usize);
        bytes
    }
}

pub fn case(number: u64) -> CaseId {
    Uuid::from_u128(u128::from(Random::new(number).next()) << 64 | u128::from(number)).into()
}

pub fn body(number: u64, revision: u64) -> Vec<u8> {
    let mut body = index(number, revision);
    body.extend(Random::new(number << 32 | revision << 2).bytes(600_000));
    body
}

pub fn index(number: u64, revision: u64) -> Vec<u8> {
    format!("case {number} revision {revision} ").into_bytes()
}

pub fn events(number: u64, revision: u64) -> Vec<Vec<u8>> {
    let mut random = Random::new(number << 32 | revision << 2 | 1);
    (0..=random.below(3)).map(|_| random.bytes(20_000)).collect()
}

pub fn points(number: u64, revision: u64) -> Vec<Vec<u8>> {
    let mut random = Random::new(number << 32 | revision << 2 | 2);
    (0..random.below(3)).map(|_| random.bytes(20_000)).collect()
}

pub fn notices(number: u64, revision: u64) -> Vec<Vec<u8>> {
    let mut random = Random::new(number << 32 | revision << 2 | 3);
    (0..random.below(3)).map(|_| random.bytes(2_000)).collect()
}

/// What a writer says instead of a case's number when it has changed its entries of the ledger.
pub fn entries(writer: u64) -> u64 {
    1000 + writer
}

/// The entries of the ledger that a writer changes at once.
pub fn keys(writer: u64) -> [String; 2] {
    ["a", "b"].map(|half| format!("{half}/{writer}"))
}

/// What stands in both of them after so many changes.
pub fn entry(writer: u64, count: u64) -> Vec<u8> {
    let mut entry = count.to_be_bytes().to_vec();
    entry.extend(Random::new(writer << 32 | count).bytes(20_000));
    entry
}

/// The time in nanoseconds, by a clock that all processes share.
pub fn now() -> u128 {
    SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos()
}
