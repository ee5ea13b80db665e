//! Typed indices. An id is a position in the table of the same name in [`crate::scenario::Scenario`];
//! it is meaningless without that scenario.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $inner:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);

        impl $name {
            /// The position in its table.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }

            /// The id of a position.
            ///
            /// # Panics
            /// If the position does not fit the id.
            #[must_use]
            pub fn at(index: usize) -> Self {
                Self(<$inner>::try_from(index).expect("table too large for its id"))
            }
        }
    };
}

id!(
    /// A column of the ledger: a coin, a contract, a receipt, a debt, a token.
    AssetId, u16
);
id!(
    /// A coin with a price of its own, position in `Scenario::coins`.
    CoinId, u16
);
id!(
    /// A row of the ledger: what one owner (or the system) holds at one venue.
    AccountId, u32
);
id!(
    /// A person or fund, position in `Population::owners`.
    OwnerId, u32
);
id!(
    /// A group of owners with one chain, position in `Scenario::cohorts`.
    CohortId, u16
);
