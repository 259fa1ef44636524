package example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The corpus for Java: what an event asks for under "do". */
public class Main implements RequestHandler<Map<String, Object>, Object> {
  private static int calls = 0;

  /** The function's own kind of error. */
  public static class CorpusError extends RuntimeException {
    public CorpusError(String message) {
      super(message);
    }
  }

  public Main() {
    if ("fail".equals(System.getenv("CORPUS_INIT"))) throw new IllegalStateException("init failed");
  }

  @Override
  public Object handleRequest(Map<String, Object> event, Context context) {
    calls++;
    String text = (String) event.get("text");
    switch ((String) event.get("do")) {
      case "echo":
        return event.get("value");
      case "context":
        return described(context);
      case "environment":
        Map<String, Object> values = new LinkedHashMap<>();
        for (Object name : (List<?>) event.get("names")) values.put((String) name, System.getenv((String) name));
        return values;
      case "calls":
        return calls;
      case "error":
        throw new CorpusError(text);
      case "exit":
        System.exit(3);
        return null;
      case "hang":
        return sleep();
      case "unhandled":
        // Ends the process after it was reported, as errors of the machine do.
        throw new StackOverflowError(text);
      case "length":
        return text.length();
      case "large":
        return "x".repeat(((Number) event.get("bytes")).intValue());
      case "reverse":
        return reversed(text);
      case "log":
        return log(context.getLogger());
      case "layer":
        return layered.Greeting.text();
      default:
        return null;
    }
  }

  private static Map<String, Object> described(Context context) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("requestId", context.getAwsRequestId());
    result.put("arn", context.getInvokedFunctionArn());
    result.put("name", context.getFunctionName());
    result.put("version", context.getFunctionVersion());
    result.put("memory", context.getMemoryLimitInMB());
    result.put("logGroup", context.getLogGroupName());
    result.put("logStream", context.getLogStreamName());
    result.put("remainingMs", context.getRemainingTimeInMillis());
    result.put("clientCustom", context.getClientContext() == null ? null : context.getClientContext().getCustom().get("key"));
    return result;
  }

  private static Object sleep() {
    try {
      Thread.sleep(60_000);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return null;
  }

  private static String reversed(String text) {
    byte[] bytes = Base64.getDecoder().decode(text);
    byte[] result = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) result[i] = bytes[bytes.length - 1 - i];
    return Base64.getEncoder().encodeToString(result);
  }

  private static Object log(LambdaLogger logger) {
    System.out.println("raw line");
    logger.log("a debug", LogLevel.DEBUG);
    logger.log("a info", LogLevel.INFO);
    logger.log("a warn", LogLevel.WARN);
    logger.log("a error", LogLevel.ERROR);
    return true;
  }
}
