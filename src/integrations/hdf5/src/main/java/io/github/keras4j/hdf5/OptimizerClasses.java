package io.github.keras4j.hdf5;

import io.github.keras4j.optimizers.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is known of the variables of Keras's optimizers: which there are, and in what order, by who
 * writes them. Everything that asks about it asks here. The names are Keras 3's, whatever others
 * call the same numbers.
 *
 * <p>A line of the table has a writer, a class and its variables. {@code [a b]} is an array of each
 * tensor, tensor by tensor: {@code a} and {@code b} of the first, then of the second. {@code ?key}
 * is after what the configuration leaves out when the key has no value or false or 0, {@code ?+key}
 * when it is not there, {@code ?#key} when it has no number; {@code *} after what matrices alone
 * have. A line for {@code *} has what stands around {@code ...}, the variables of a class; a class
 * that a writer has no line for has the variables of Keras 3's class.
 */
final class OptimizerClasses {
  /** Keras to 2.3, in whose 2.3 the configuration says learning_rate instead of lr. */
  static final String KERAS_2 = "keras2";

  /** tf.keras to 2.10, and {@code legacy} up to 2.15. */
  static final String LEGACY = "legacy";

  /** tf.keras 2.11 to 2.15. */
  static final String TF = "tf";

  /** Keras 3.0 to 3.9. */
  static final String KERAS_3_0 = "keras3.0";

  /** Keras from 3.10 on, and this library. */
  static final String KERAS_3 = "keras3";

  static final String ITERATION = "iteration";
  static final String RATE = "learning_rate";
  static final String PRODUCT = "product";

  private static final String TABLE =
      """
      keras2   SGD       iteration [momentum]
      keras2   RMSprop   iteration?+learning_rate [velocity]
      keras2   Adagrad   iteration?+learning_rate [accumulator]
      keras2   Adadelta  iteration?+learning_rate [accumulated_grad] [accumulated_delta_var]
      keras2   Adam      iteration [momentum] [velocity] [velocity_hat?+amsgrad]
      keras2   Adamax    iteration [momentum] [norm]
      keras2   Nadam     iteration product?+learning_rate [momentum] [velocity]

      legacy   SGD       iteration [momentum?momentum]
      legacy   RMSprop   iteration [velocity] [momentum?momentum] [average_gradient?centered]
      legacy   Adagrad   iteration [accumulator]
      legacy   Adadelta  iteration [accumulated_grad] [accumulated_delta_var]
      legacy   Adam      iteration [momentum] [velocity] [velocity_hat?amsgrad]
      legacy   Adamax    iteration [momentum] [norm]
      legacy   Nadam     iteration product [momentum] [velocity]
      legacy   Ftrl      iteration [accumulator linear]

      tf       *         iteration [average?use_ema] ...
      tf       SGD       [momentum]
      tf       Adafactor [r* c* velocity]
      tf       Nadam     [momentum velocity]

      keras3.0 *         iteration learning_rate?#learning_rate \
      [average?use_ema gradient_accumulator?gradient_accumulation_steps] ...
      keras3.0 Nadam     product [momentum velocity]

      keras3   *         iteration learning_rate?#learning_rate \
      [average?use_ema] [gradient_accumulator?gradient_accumulation_steps] ...
      keras3   SGD       [momentum?momentum]
      keras3   RMSprop   [velocity] [momentum?momentum] [average_gradient?centered]
      keras3   Adagrad   [accumulator]
      keras3   Adadelta  [accumulated_grad accumulated_delta_var]
      keras3   Adam      [momentum velocity] [velocity_hat?amsgrad]
      keras3   AdamW     [momentum velocity] [velocity_hat?amsgrad]
      keras3   Adamax    [momentum norm]
      keras3   Nadam     [momentum velocity] product
      keras3   Ftrl      [accumulator linear]
      keras3   Lion      [momentum]
      keras3   Lamb      [momentum velocity]
      keras3   Adafactor [r c velocity]
      keras3   ScheduleFreeAdamW [momentum velocity]
      """;

  private static final Map<String, String> ROWS = rows();

  private static final Pattern WORD = Pattern.compile("\\[[^]]*]|\\S+");

  private OptimizerClasses() {}

  private static Map<String, String> rows() {
    Map<String, String> rows = new LinkedHashMap<>();
    for (String line : TABLE.lines().filter(line -> !line.isBlank()).toList()) {
      String[] parts = line.split(" +", 3);
      rows.put(parts[0] + " " + parts[1], parts[2]);
    }
    return rows;
  }

  /** Whether the order of a class's own variables stands in the table for a writer. */
  static boolean isKnown(String writer, String className) {
    return ROWS.containsKey(writer + " " + className);
  }

  /**
   * The names of the variables in their order: of an array of a tensor, with the tensor's number
   * after it.
   *
   * @param count how many there are; what a class has that the table does not know is numbered
   */
  static List<String> names(
      String writer, String className, Map<String, ?> config, List<TensorSpec> tensors, int count) {
    String around = ROWS.getOrDefault(writer + " *", "...");
    String known = ROWS.getOrDefault(writer + " " + className, ROWS.get(KERAS_3 + " " + className));
    List<String> own = new ArrayList<>();
    List<String> names = expand(around, config, tensors, own);
    if (known != null) {
      own = expand(known, config, tensors, List.of());
    } else {
      for (int i = 0; i < count - names.size(); i++) {
        own.add("variable " + i + " of the class");
      }
    }
    return expand(around, config, tensors, own);
  }

  private static List<String> expand(
      String order, Map<String, ?> config, List<TensorSpec> tensors, List<String> own) {
    List<String> names = new ArrayList<>();
    Matcher words = WORD.matcher(order);
    while (words.find()) {
      String word = words.group();
      if (word.equals("...")) {
        names.addAll(own);
      } else if (word.startsWith("[")) {
        String[] slots = word.substring(1, word.length() - 1).split(" ");
        for (int tensor = 0; tensor < tensors.size(); tensor++) {
          for (String slot : slots) {
            boolean isMatrix = tensors.get(tensor).shape().length >= 2;
            if (applies(slot, config) && (isMatrix || !slot.endsWith("*"))) {
              names.add(slot.replaceAll("[?*].*", "") + " " + tensor);
            }
          }
        }
      } else if (applies(word, config)) {
        names.add(word.replaceAll("[?].*", ""));
      }
    }
    return names;
  }

  private static boolean applies(String word, Map<String, ?> config) {
    int option = word.indexOf('?');
    if (option < 0) {
      return true;
    }
    String key = word.substring(option + 1);
    if (key.startsWith("+")) {
      return config.containsKey(key.substring(1));
    }
    if (key.startsWith("#")) {
      return config.get(key.substring(1)) instanceof Number;
    }
    Object value = config.get(key);
    return value instanceof Number number ? number.doubleValue() != 0. : Boolean.TRUE.equals(value);
  }

  /** The tensor that a variable is of, below 0 where it is of none. */
  static int tensorOf(String name) {
    int space = name.lastIndexOf(' ');
    return space < 0 || name.endsWith(" class") ? -1 : Integer.parseInt(name.substring(space + 1));
  }

  /** Whether a variable is a single number. */
  static boolean isNumber(String name) {
    return name.indexOf(' ') < 0;
  }

  /** The array that a variable is of its tensor, such as momentum. */
  static String slotOf(String name) {
    return name.replaceAll(" \\d+$", "");
  }

  /** Whether an array is as long as its tensor. */
  static boolean isOfTensor(String name) {
    return tensorOf(name) >= 0 && !name.startsWith("r ") && !name.startsWith("c ");
  }
}
