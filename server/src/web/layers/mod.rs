//! What wraps every routed request.

pub mod common_headers;
pub mod error_page;
pub mod observe;
pub mod shed;
