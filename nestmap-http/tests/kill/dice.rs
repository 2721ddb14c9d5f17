//! The same seed gives the same throws (SplitMix64).

/// The seed asked for from outside, or the usual one.
pub fn seed(usual: u64) -> u64 {
    let asked = std::env::var("NESTMAP_KILL_SEED").ok();
    asked.map_or(usual, |text| text.parse().expect("NESTMAP_KILL_SEED is a whole number"))
}

#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From `least` up to and without `end`.
    pub fn between(&mut self, least: u64, end: u64) -> u64 {
        least + self.next() % (end - least)
    }

    /// True in so many cases of a hundred.
    pub fn percent(&mut self, cases: u64) -> bool {
        self.between(0, 100) < cases
    }

    pub fn choose<T: Clone>(&mut self, things: &[T]) -> T {
        let index = self.between(0, things.len() as u64);
        things[usize::try_from(index).expect("it is smaller than the list")].clone()
    }

    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for end in (2..=things.len()).rev() {
            let other = usize::try_from(self.between(0, end as u64)).expect("it is an index");
            things.swap(end - 1, other);
        }
    }
}
