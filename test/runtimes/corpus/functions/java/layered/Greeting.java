package layered;

/** Comes from a layer. */
public class Greeting {
  public static String text() {
    return "from a layer";
  }
}
