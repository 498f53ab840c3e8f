package io.github.keras4j.optimizers.configuration;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import io.github.keras4j.optimizers.text.Spelling;
import io.github.keras4j.optimizers.text.Text;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Objects of one kind, such as schedules: Keras's classes by name, and what Keras writes of them.
 * All are of the type, custom ones too; the objects of Keras's classes are of {@code ofKeras}.
 */
public record KerasObjects<T>(
    String kind, Class<T> type, Class<? extends T> ofKeras, String module, Factories classes) {

  public Map<String, Object> serialize(T object, Function<T, Map<String, Object>> getConfig) {
    checkArgument(object != null, "%s must be a %s, got null", kind, kind);
    Map<String, Object> config = getConfig.apply(object);
    String name = object.getClass().getSimpleName();
    boolean custom = !ofKeras.isInstance(object);
    checkArgument(
        !name.isEmpty() && (!custom || !classes.names().contains(name)),
        "%s must be of a class with a name that no %s of Keras has, got %s",
        kind,
        kind,
        object.getClass().getName());
    checkArgument(config != null, "getConfig of %s must return a map, got null", name);
    return Serialized.of(custom ? object.getClass().getPackageName() : module, name, config);
  }

  public T deserialize(Map<String, ?> config, Factories customObjects) {
    Serialized serialized = new Serialized(config);
    String className = serialized.name("class_name");
    Function<? super Map<String, ?>, ?> custom = customObjects.get(className);
    Function<? super Map<String, ?>, ?> factory = custom == null ? classes.get(className) : custom;
    if (factory == null) {
      Set<String> known = new TreeSet<>(classes.names());
      known.addAll(customObjects.names());
      throw illegalArgument(
          "unknown %s %s, known are %s%s",
          kind,
          Text.quote(className),
          String.join(", ", known),
          Spelling.didYouMean(className, known));
    }
    Map<String, ?> arguments = serialized.configOrEmpty(); // which may hold another object
    return Factories.make(
        type,
        "a " + kind,
        className,
        factory,
        custom == null ? customObjects.replaceIn(arguments) : arguments);
  }
}
