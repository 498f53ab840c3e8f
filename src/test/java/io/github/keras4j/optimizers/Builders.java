package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import io.github.keras4j.optimizers.tables.Entry;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** An optimizer's builder, of whatever class, by the names that hyperparameters have in Keras. */
final class Builders {
  private final HyperparameterBuilder<?, ?> builder;

  private Builders(HyperparameterBuilder<?, ?> builder) {
    this.builder = builder;
  }

  static Builders of(Entry optimizer) {
    try {
      return new Builders(
          (HyperparameterBuilder<?, ?>) optimizer.type().getMethod("builder").invoke(null));
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  /** {@code beta_1} to {@code beta1}. */
  static String methodName(String name) {
    return Pattern.compile("_(.)").matcher(name).replaceAll(m -> m.group(1).toUpperCase());
  }

  /** The methods that set something, each once for every type it takes. */
  Stream<Method> methods() {
    return Stream.of(builder.getClass().getMethods())
        .filter(method -> method.getDeclaringClass() != Object.class && !method.isBridge())
        .filter(method -> !List.of("build", "set").contains(method.getName()));
  }

  /** Calls the method of a hyperparameter; null, which none takes, is set by its name. */
  void set(String name, Object value) {
    if (value == null) {
      builder.set(name, null);
      return;
    }
    Object given =
        value instanceof Map<?, ?> map ? LearningRateSchedule.deserialize(checked(map)) : value;
    Method method =
        methods()
            .filter(m -> m.getName().equals(methodName(name)))
            .filter(m -> takes(m.getParameterTypes()[0], given))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no method takes " + name + " " + given));
    Object answer = call(method, converted(method.getParameterTypes()[0], given));
    if (answer != builder) {
      throw new AssertionError(method + " must answer the builder, got " + answer);
    }
  }

  Optimizer build() {
    return (Optimizer)
        call(
            Stream.of(builder.getClass().getMethods())
                .filter(method -> method.getName().equals("build") && !method.isBridge())
                .findFirst()
                .orElseThrow());
  }

  private Object call(Method method, Object... arguments) {
    try {
      return method.invoke(builder, arguments);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  @SuppressWarnings("unchecked") // a configuration from JSON
  private static Map<String, ?> checked(Map<?, ?> map) {
    return (Map<String, ?>) map;
  }

  private static boolean takes(Class<?> type, Object value) {
    if (List.of(double.class, Double.class, int.class).contains(type)) {
      return value instanceof Number;
    }
    if (type == boolean.class) {
      return value instanceof Boolean;
    }
    return type == String[].class ? value instanceof List : type.isInstance(value);
  }

  private static Object converted(Class<?> type, Object value) {
    if (value instanceof Number number) {
      return type == int.class ? (Object) number.intValue() : (Object) number.doubleValue();
    }
    return value instanceof List<?> list ? list.toArray(String[]::new) : value;
  }
}
