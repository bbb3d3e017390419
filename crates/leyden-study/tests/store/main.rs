//! The store of a study: nothing finished is lost, and the chunks do not tell what happened on the way.

mod averaged;
mod damage;
mod killed;
mod misuse;
mod round_trip;
mod shards;
mod study;
mod survey;
