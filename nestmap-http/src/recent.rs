//! A map of bounded size that forgets what was touched longest ago.
//!
//! What is kept for each client or account must not grow with how many of them somebody can make
//! up, and making room must not take longer the more there is.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// At most `max` values by key.
pub(crate) struct Recent<K, V> {
    max: usize,
    /// Counts touches; the smallest in `order` is the one longest ago.
    turn: u64,
    values: HashMap<K, Touched<V>>,
    order: BTreeMap<u64, K>,
}

struct Touched<V> {
    turn: u64,
    value: V,
}

impl<K: Eq + Hash + Clone, V> Recent<K, V> {
    pub(crate) fn of(max: usize) -> Self {
        Self { max, turn: 0, values: HashMap::new(), order: BTreeMap::new() }
    }

    /// The value of `key`, made where there is none. It is forgotten last from now on.
    pub(crate) fn touch(&mut self, key: K, fresh: impl FnOnce() -> V) -> &mut V {
        if !self.values.contains_key(&key) {
            self.make_room();
        }
        self.turn += 1;
        let touched =
            self.values.entry(key.clone()).or_insert_with(|| Touched { turn: 0, value: fresh() });
        self.order.remove(&touched.turn);
        self.order.insert(self.turn, key);
        touched.turn = self.turn;
        &mut touched.value
    }

    /// The value of `key` where there is one; it is forgotten last from now on.
    pub(crate) fn get(&mut self, key: &K) -> Option<&mut V> {
        let touched = self.values.get_mut(key)?;
        self.turn += 1;
        let key = self.order.remove(&touched.turn).expect("every value has its turn");
        self.order.insert(self.turn, key);
        touched.turn = self.turn;
        Some(&mut touched.value)
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let Touched { turn, value } = self.values.remove(key)?;
        self.order.remove(&turn);
        Some(value)
    }

    fn make_room(&mut self) {
        while self.values.len() >= self.max
            && let Some((_, key)) = self.order.pop_first()
        {
            self.values.remove(&key);
        }
    }
}

#[cfg(test)]
impl<K, V> Recent<K, V> {
    pub(crate) fn len(&self) -> usize {
        assert_eq!(self.values.len(), self.order.len());
        self.values.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_touched_longest_ago_is_forgotten_first() {
        let mut recent = Recent::of(2);
        recent.touch("a", || 1);
        recent.touch("b", || 2);
        *recent.touch("a", || unreachable!()) += 10;
        recent.touch("c", || 3);
        assert_eq!((recent.get(&"a").copied(), recent.get(&"b")), (Some(11), None));
        recent.touch("d", || 4);
        assert_eq!((recent.get(&"a").copied(), recent.get(&"c")), (Some(11), None));
        assert_eq!(recent.len(), 2);
    }

    #[test]
    fn what_is_removed_makes_room() {
        let mut recent = Recent::of(2);
        recent.touch("a", || 1);
        recent.touch("b", || 2);
        assert_eq!(recent.remove(&"a"), Some(1));
        assert_eq!(recent.remove(&"a"), None);
        recent.touch("c", || 3);
        *recent.get(&"b").unwrap() = 4;
        let kept = ["a", "b", "c"].map(|key| recent.get(&key).copied());
        assert_eq!(kept, [None, Some(4), Some(3)]);
    }

    #[test]
    fn it_never_holds_more_than_it_may() {
        let mut recent = Recent::of(10);
        for n in 0..1_000 {
            recent.touch(n, || ());
            assert!(recent.len() <= 10);
        }
        assert!((990..1_000).all(|n| recent.get(&n).is_some()));
    }
}
