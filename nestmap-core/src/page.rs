//! Keyset pages: where a list goes on, never how many rows to skip.

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};

/// The smallest and largest number of items in a page.
pub const PAGE_LIMITS: std::ops::RangeInclusive<i64> = 1..=100;

/// What part of a list to read: newest first, at most `limit` items, those after `after`.
///
/// `C` is the key of the list, mostly the id of its items, which sorts by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRequest<C> {
    /// How many items at most, 1 to 100.
    pub limit: i64,
    /// The key of the last item of the previous page.
    pub after: Option<C>,
}

impl<C> PageRequest<C> {
    /// The first page of the usual 25 items.
    pub fn first() -> Self {
        Self { limit: 25, after: None }
    }

    /// A page of at most `limit` items; refuses a limit outside [`PAGE_LIMITS`].
    pub fn new(limit: i64, after: Option<C>) -> Result<Self, Error> {
        if !PAGE_LIMITS.contains(&limit) {
            return Err(Error::new(
                Code::InvalidPage,
                format!("`limit` must be 1 to 100, found `{limit}`"),
            )
            .field("limit")
            .expected("1 to 100"));
        }
        Ok(Self { limit, after })
    }
}

/// Some items of a list and the key to continue with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T, C> {
    /// The items, newest first.
    pub items: Vec<T>,
    /// The key for the next page; none when this is the last.
    pub next: Option<C>,
}

impl<T, C> Page<T, C> {
    /// A page out of up to `limit + 1` items that were read: the extra one proves a next page.
    pub fn cut(mut items: Vec<T>, limit: i64, key: impl Fn(&T) -> C) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(key) } else { None };
        Self { items, next }
    }

    /// The same page with every item replaced.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U, C> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_the_next_only_when_there_is_one() {
        let full = Page::cut(vec![3, 2, 1], 2, |n| *n);
        assert_eq!((full.items, full.next), (vec![3, 2], Some(2)));
        let last = Page::cut(vec![3, 2], 2, |n| *n);
        assert_eq!(last.next, None);
    }

    #[test]
    fn ten_thousand_items_are_refused() {
        let error = PageRequest::<i32>::new(10_000, None).unwrap_err();
        assert_eq!(error.code, Code::InvalidPage);
        assert!(PageRequest::<i32>::new(0, None).is_err());
    }
}
