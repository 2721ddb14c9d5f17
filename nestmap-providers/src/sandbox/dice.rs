//! Repeatable chance: the same seed and the same words give the same numbers, on every machine.

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A stream of numbers that depends only on what it was made from.
#[derive(Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice for one question, for example `Dice::of(seed, &["daily flights", "BA", "LHR", "JFK"])`.
    pub(crate) fn of(seed: u64, words: &[&str]) -> Self {
        // FNV-1a over the words; the separator keeps ("ab", "c") apart from ("a", "bc").
        let mut state = 0xcbf2_9ce4_8422_2325_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in words.iter().flat_map(|word| word.bytes().chain([0x1f])) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Self(state)
    }

    /// The next number (splitmix64).
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low + 1).expect("the range is not empty");
        low + i64::try_from(self.roll() % span).expect("smaller than the range")
    }

    /// True in `percent` of 100 cases.
    pub(crate) fn chance(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }

    /// One of the items.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let last = i64::try_from(items.len()).expect("a small list") - 1;
        &items[usize::try_from(self.between(0, last)).expect("not negative")]
    }

    /// Letters and digits, as in the tail of an id.
    pub(crate) fn letters(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(*self.pick(BASE62))).collect()
    }
}

/// `number` in base 62, padded to `width`; the order of the texts is the order of the numbers.
pub(crate) fn base62(mut number: u64, width: usize) -> String {
    let mut digits = vec![BASE62[0]; width];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[usize::try_from(number % 62).expect("below 62")];
        number /= 62;
    }
    String::from_utf8(digits).expect("letters and digits are UTF-8")
}

/// Reads what [`base62`] wrote.
pub(crate) fn from_base62(text: &str) -> Option<u64> {
    text.bytes().try_fold(0_u64, |number, byte| {
        let digit = BASE62.iter().position(|known| *known == byte)?;
        number.checked_mul(62)?.checked_add(u64::try_from(digit).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_roll_the_same_numbers() {
        let rolls = |seed, words: &[&str]| {
            let mut dice = Dice::of(seed, words);
            [dice.roll(), dice.roll(), dice.roll()]
        };
        assert_eq!(rolls(7, &["BA", "LHR"]), rolls(7, &["BA", "LHR"]));
        assert_ne!(rolls(7, &["BA", "LHR"]), rolls(8, &["BA", "LHR"]));
        assert_ne!(rolls(7, &["BA", "LHR"]), rolls(7, &["BAL", "HR"]));
    }

    #[test]
    fn a_range_includes_both_ends_and_nothing_else() {
        let mut dice = Dice::of(1, &["range"]);
        let seen: std::collections::BTreeSet<i64> = (0..500).map(|_| dice.between(-1, 2)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [-1, 0, 1, 2]);
    }

    #[test]
    fn base62_sorts_like_the_numbers_and_reads_back() {
        let texts: Vec<String> = [0, 9, 10, 61, 62, 3843, 3844].map(|n| base62(n, 6)).to_vec();
        assert!(texts.is_sorted());
        assert_eq!(texts.iter().filter_map(|text| from_base62(text)).sum::<u64>(), 7_829);
        assert_eq!(from_base62("no spaces"), None);
    }
}
