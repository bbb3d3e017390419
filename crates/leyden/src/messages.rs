//! Enums of errors and reasons whose messages are their documentation as well.

/// Variants are `Name { field: Type } = "message" (arguments of the message);`, or `Name from Source;` to say what that says.
macro_rules! messages {
    ($($(#[$of_all:meta])* pub enum $name:ident {
        $(
            $(#[$of_one:meta])*
            $variant:ident $({ $($field:ident: $kind:ty),+ })? $(($inner:ty))? $(from $source:ident)?
            $(= $message:literal $(($($argument:tt)+))?)?;
        )+
    })+) => {$(
        $(#[$of_all])*
        #[derive(thiserror::Error)]
        #[allow(missing_docs)] // Every message says what its fields are.
        pub enum $name {
            $(
                $(#[$of_one])*
                $(#[doc = $message] #[error($message $(, $($argument)+)?)])?
                $(#[doc = concat!("\n\nSee [`", stringify!($source), "`].")] #[error(transparent)])?
                $variant $({ $($field: $kind),+ })? $(($inner))? $((#[from] $source))?,
            )+
        }
    )+};
}
