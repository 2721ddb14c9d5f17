//! What the story claims, and whether it is so.

/// Every claim, and those that don't hold.
#[derive(Debug, Default)]
pub(super) struct Claims {
    made: usize,
    broken: Vec<String>,
}

impl Claims {
    /// Counts a claim; answers the line that tells of it.
    pub(super) fn check(&mut self, claim: &str, holds: bool, found: &str) -> String {
        self.made += 1;
        if holds {
            return format!("✓ {claim}");
        }
        self.broken.push(format!("{claim}; found: {found}"));
        format!("✗ {claim}; found: {found}")
    }

    pub(super) fn made(&self) -> usize {
        self.made
    }

    pub(super) fn broken(&self) -> &[String] {
        &self.broken
    }

    /// Every claim that doesn't hold, by name.
    pub(super) fn complaint(&self) -> String {
        let (broken, made) = (self.broken.len(), self.made);
        let mut text = format!("error: {broken} of {made} claims don't hold:");
        for claim in &self.broken {
            text.push_str("\n  ");
            text.push_str(claim);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_claim_is_marked_counted_and_named() {
        let mut claims = Claims::default();
        assert_eq!(claims.check("one order", true, "1"), "✓ one order");
        assert!(claims.broken().is_empty());
        assert_eq!(claims.check("one payment", false, "2"), "✗ one payment; found: 2");
        assert_eq!(claims.made(), 2);
        let complaint = claims.complaint();
        assert!(complaint.starts_with("error: 1 of 2 claims don't hold:"), "{complaint}");
        assert!(complaint.ends_with("one payment; found: 2"), "{complaint}");
    }
}
