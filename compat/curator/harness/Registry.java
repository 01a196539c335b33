package harness;

import java.util.LinkedHashMap;
import java.util.Map;

/** Scenarios by name, in the order in which they are printed. */
public final class Registry {
  /** What a scenario does. */
  public interface Scenario {
    void run(Context context) throws Exception;
  }

  final Map<String, Scenario> scenarios = new LinkedHashMap<>();
  final Map<String, String> skips = new LinkedHashMap<>();

  /** Adds a scenario. */
  public Registry add(String name, Scenario scenario) {
    if (scenarios.put(name, scenario) != null)
      throw new IllegalArgumentException("two scenarios " + name);
    return this;
  }

  /** Says why a scenario that other languages have is not here. */
  public Registry skip(String name, String why) {
    skips.put(name, why);
    return this;
  }
}
