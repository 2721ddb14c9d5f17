//! What the database knows of an order and what the supplier has, moment by moment.

use nestmap_core::order::{AttemptPhase, Order};
use nestmap_providers::sandbox::{OrderState as AtSupplier, SupplierOrder};

use super::Stop;
use super::company::Company;
use super::outside::Asked;
use super::stage::Stage;
use crate::command::table::{Cell, Column, Row, Table};

/// Both sides at several moments.
#[derive(Default)]
pub(super) struct Moments(Vec<[String; 3]>);

impl Moments {
    /// Looks at both sides.
    pub(super) async fn take(
        &mut self,
        stage: &Stage,
        company: &Company,
        asked: &Asked,
        moment: &str,
    ) -> Result<(), Stop> {
        let order = stage.stored_order(company.organization, asked.bought.order).await?.value;
        let books = stage.supplier_orders(&asked.bought.offer);
        self.0.push([moment.to_owned(), ours(&order), theirs(&books)]);
        Ok(())
    }

    /// The two sides beside each other.
    pub(super) fn table(&self) -> Table {
        let columns = ["", "the database", "the sandbox's books"].map(Column::new);
        let mut table = Table::new(columns.to_vec());
        for moment in &self.0 {
            table.push(Row::new(moment.clone().map(Cell::new).to_vec()));
        }
        table
    }
}

fn ours(order: &Order) -> String {
    let state = order.state_name();
    let phase = order.attempt().map(|attempt| match attempt.phase {
        AttemptPhase::Dispatching => ", no answer yet",
        AttemptPhase::Accepted { .. } => ", accepted",
        AttemptPhase::Unknown { .. } => ", outcome unknown",
    });
    let reference = order.booking().and_then(|booking| booking.booking_reference.as_deref());
    let reference = reference.map(|reference| format!(" {reference}"));
    format!("{state}{}{}", reference.unwrap_or_default(), phase.unwrap_or_default())
}

fn theirs(books: &[SupplierOrder]) -> String {
    let lines = books.iter().map(|order| {
        let state = match order.state {
            AtSupplier::Held => "held",
            AtSupplier::Paid => "paid",
            AtSupplier::Paying => "being paid",
            AtSupplier::Lapsed => "lapsed",
            AtSupplier::Cancelled => "canceled",
            _ => "?",
        };
        let reference = order.booking_reference.as_deref().unwrap_or("without a reference");
        let payments = match order.payments.len() {
            0 => "nothing paid".to_owned(),
            1 => "1 payment".to_owned(),
            count => format!("{count} payments"),
        };
        format!("{state} {reference}, {payments}")
    });
    let lines: Vec<_> = lines.collect();
    if lines.is_empty() { "nothing".to_owned() } else { lines.join("; ") }
}
