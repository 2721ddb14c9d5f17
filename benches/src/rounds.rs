//! Measuring two or more things so that what disturbs one disturbs all.

use std::time::{Duration, Instant};

/// One thing that is measured.
pub struct Side<'a>(Box<dyn FnMut() + 'a>);

impl<'a> Side<'a> {
    pub fn new(run: impl FnMut() + 'a) -> Self {
        Self(Box::new(run))
    }
}

/// Runs all sides in turn, again and again; the median time of each. The first round warms up.
pub fn interleaved(rounds: usize, sides: &mut [Side<'_>]) -> Vec<Duration> {
    let mut times = vec![Vec::with_capacity(rounds); sides.len()];
    for round in 0..=rounds {
        for (side, times) in sides.iter_mut().zip(&mut times) {
            let start = Instant::now();
            (side.0)();
            times.extend((round > 0).then(|| start.elapsed()));
        }
    }
    times.into_iter().map(median).collect()
}

/// The middle one; of an even number the upper of the two.
pub fn median<T: Ord + Copy>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}
