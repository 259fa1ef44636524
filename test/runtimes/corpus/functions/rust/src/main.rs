//! The corpus for Rust: what an event asks for under "do".

use base64::{engine::general_purpose::STANDARD, Engine};
use lambda_runtime::streaming::{channel, Body, Response};
use lambda_runtime::{service_fn, Context, Error, FunctionResponse, LambdaEvent};
use serde_json::{json, Value};
use std::env::var;
use std::fmt::{Display, Formatter};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

static CALLS: AtomicUsize = AtomicUsize::new(0);

/// The function's own kind of error.
#[derive(Debug)]
struct CorpusError(String);

impl Display for CorpusError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for CorpusError {}

async fn handle(event: LambdaEvent<Value>) -> Result<FunctionResponse<Value, Body>, Error> {
    let (event, context) = event.into_parts();
    if event["do"] == "stream" {
        return Ok(FunctionResponse::StreamingResponse(streamed(event["text"].as_str().unwrap_or_default().to_string())));
    }
    Ok(FunctionResponse::BufferedResponse(answer(event, context).await?))
}

fn streamed(text: String) -> Response<Body> {
    let (mut writer, reader) = channel();
    tokio::spawn(async move {
        let _ = writer.send_data(format!("first {text}").into()).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let _ = writer.send_data(format!(", second {text}").into()).await;
    });
    Response::from(reader)
}

async fn answer(event: Value, context: Context) -> Result<Value, Error> {
    let text = event["text"].as_str().unwrap_or_default();
    CALLS.fetch_add(1, Ordering::Relaxed);
    match event["do"].as_str().unwrap_or_default() {
        "echo" => Ok(event["value"].clone()),
        "context" => Ok(described(&context)),
        "environment" => {
            let names = event["names"].as_array().cloned().unwrap_or_default();
            Ok(names.iter().filter_map(Value::as_str).map(|name| (name.to_string(), json!(var(name).ok()))).collect())
        }
        "calls" => Ok(json!(CALLS.load(Ordering::Relaxed))),
        "error" => Err(CorpusError(text.to_string()).into()),
        "exit" => std::process::exit(3),
        "hang" => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(Value::Null)
        }
        "unhandled" => panic!("{text}"),
        "length" => Ok(json!(text.chars().count())),
        "large" => Ok(json!("x".repeat(event["bytes"].as_u64().unwrap_or_default() as usize))),
        "reverse" => {
            let mut bytes = STANDARD.decode(text)?;
            bytes.reverse();
            Ok(json!(STANDARD.encode(bytes)))
        }
        "log" => {
            println!("raw line");
            if var("AWS_LAMBDA_LOG_FORMAT").is_ok_and(|format| format == "JSON") {
                for level in ["DEBUG", "INFO", "WARN", "ERROR"] {
                    println!("{}", json!({"level": level, "message": format!("a {}", level.to_lowercase())}));
                }
            } else {
                eprintln!("a log line");
            }
            Ok(json!(true))
        }
        _ => Ok(Value::Null),
    }
}

fn described(context: &Context) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let custom = context.client_context.as_ref().and_then(|client| client.custom.get("key").cloned());
    json!({
        "requestId": context.request_id,
        "arn": context.invoked_function_arn,
        "name": context.env_config.function_name,
        "version": context.env_config.version,
        "memory": context.env_config.memory,
        "logGroup": context.env_config.log_group,
        "logStream": context.env_config.log_stream,
        "remainingMs": (context.deadline as u128).saturating_sub(now) as u64,
        "clientCustom": custom,
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if var("CORPUS_INIT").is_ok_and(|value| value == "fail") {
        panic!("init failed");
    }
    lambda_runtime::run(service_fn(handle)).await
}
