//! x.
fn main(){}
