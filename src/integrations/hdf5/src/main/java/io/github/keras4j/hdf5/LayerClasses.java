package io.github.keras4j.hdf5;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What is known of Keras's own layer classes: their weights in order, which of them are trained,
 * and the layers inside them in order. Everything that asks about a class of Keras asks here.
 *
 * <p>A line of the table has a class and its weights. {@code ~} is before those that are never
 * trained, {@code ?option} after those that an option of the configuration leaves out when it is
 * false (or absent, for {@code ?+option}). {@code attribute=Class(name)} is a layer inside: its
 * group in {@code .weights.h5}, its class and its name; {@code attribute@key} is one that the
 * configuration has under a key, and {@code *} stands for a list of them. {@code a|b} is the name
 * in Keras 3 and the one before it, empty where there is no such weight.
 */
final class LayerClasses {
  private static final String TABLE =
      """
      Dense                 kernel bias?use_bias
      EinsumDense           kernel bias?+bias_axes
      Embedding             embeddings
      ReversibleEmbedding   embeddings reverse_embeddings?!tie_weights
      Conv1D                kernel bias?use_bias
      Conv2D                kernel bias?use_bias
      Conv3D                kernel bias?use_bias
      Conv1DTranspose       kernel bias?use_bias
      Conv2DTranspose       kernel bias?use_bias
      Conv3DTranspose       kernel bias?use_bias
      DepthwiseConv1D       kernel|depthwise_kernel bias?use_bias
      DepthwiseConv2D       kernel|depthwise_kernel bias?use_bias
      SeparableConv1D       depthwise_kernel pointwise_kernel bias?use_bias
      SeparableConv2D       depthwise_kernel pointwise_kernel bias?use_bias
      LocallyConnected1D    kernel bias?use_bias
      LocallyConnected2D    kernel bias?use_bias
      BatchNormalization    gamma?scale beta?center ~moving_mean ~moving_variance
      SyncBatchNormalization gamma?scale beta?center ~moving_mean ~moving_variance
      LayerNormalization    gamma?scale beta?center
      GroupNormalization    gamma?scale beta?center
      RMSNormalization      scale
      Normalization         ~mean ~variance ~count
      PReLU                 alpha
      MaxoutDense           W b?bias
      Highway               W W_carry b?bias b_carry?bias
      Discretization        ~|summary?+num_bins
      IntegerLookup         ~Variable?output_mode=tf_idf
      StringLookup          ~Variable?output_mode=tf_idf
      TextVectorization     ~_lookup_layer/idf_weights?output_mode=tf_idf \
      _lookup_layer=StringLookup(string_lookup)
      Attention             scale?+use_scale concat_score_weight?score_mode=concat
      AdditiveAttention     scale?use_scale
      SimpleRNNCell         kernel recurrent_kernel bias?use_bias
      LSTMCell              kernel recurrent_kernel bias?use_bias
      GRUCell               kernel recurrent_kernel bias?use_bias
      ConvLSTM1DCell        kernel recurrent_kernel bias?use_bias
      ConvLSTM2DCell        kernel recurrent_kernel bias?use_bias
      ConvLSTM3DCell        kernel recurrent_kernel bias?use_bias
      SimpleRNN             cell=SimpleRNNCell(simple_rnn_cell)
      LSTM                  cell=LSTMCell(lstm_cell)
      GRU                   cell=GRUCell(gru_cell)
      CuDNNLSTM             kernel recurrent_kernel bias
      CuDNNGRU              kernel recurrent_kernel bias
      ConvLSTM1D            cell=ConvLSTM1DCell(conv_lstm_cell)
      ConvLSTM2D            cell=ConvLSTM2DCell(conv_lstm_cell)
      ConvLSTM3D            cell=ConvLSTM3DCell(conv_lstm_cell)
      GroupedQueryAttention query_dense=Dense(query) key_dense=Dense(key) \
      value_dense=Dense(value) output_dense=Dense(attention_output)
      RNN                   cell@cell
      StackedRNNCells       cells@*cells
      Bidirectional         forward_layer@layer backward_layer@backward_layer
      TimeDistributed       layer@layer
      SpectralNormalization layer/0 ~vector_u layer@layer
      MultiHeadAttention    query_dense=Dense(query) key_dense=Dense(key) \
      value_dense=Dense(value) output_dense=Dense(attention_output)
      GroupQueryAttention   query_dense=Dense(query) key_dense=Dense(key) \
      value_dense=Dense(value) output_dense=Dense(attention_output)
      """;

  /**
   * A weight: its name, whether it is trained, for one that is another's, where that one is, and
   * the configuration of its constraint.
   */
  record Known(String name, boolean isTrained, String sameAs, Object constraint) {
    Known(String name, boolean isTrained, String sameAs) {
      this(name, isTrained, sameAs, null);
    }
  }

  /**
   * When a class has a weight, and its name before Keras 3: always, or as an option of its
   * configuration says.
   */
  private record Rule(Known weight, String before, String option) {
    /** The weight, null where the generation does not have it. */
    Known of(boolean ofKeras3) {
      String name = ofKeras3 ? weight.name : before;
      return name.isEmpty() ? null : new Known(name, weight.isTrained, weight.sameAs);
    }

    boolean applies(Map<String, Object> config) {
      if (option.isEmpty()) {
        return true;
      }
      int equals = option.indexOf('=');
      if (equals > 0) {
        return option.substring(equals + 1).equals(config.get(option.substring(0, equals)));
      }
      if (option.startsWith("+")) {
        Object value = config.get(option.substring(1));
        return value != null && !Boolean.FALSE.equals(value);
      }
      return option.startsWith("!")
          ? Boolean.FALSE.equals(config.get(option.substring(1)))
          : !Boolean.FALSE.equals(config.get(option));
    }
  }

  /** A layer inside: where, and its class, or the key of the configuration that has it. */
  record Inside(String path, String className, String name, String key, boolean isList) {}

  private record Entry(List<Rule> weights, List<Inside> inside) {}

  private static final Map<String, Entry> ENTRIES = entries();

  /** What follows the weights of a quantized layer; {@code %s} is its first weight. */
  private static final List<String> INT4 = List.of("%s_scale", "%s_zero", "g_idx");

  private static final List<String> FLOAT8 =
      List.of(
          "inputs_scale",
          "inputs_amax_history",
          "kernel_scale",
          "kernel_amax_history",
          "outputs_grad_scale",
          "outputs_grad_amax_history");

  private static final List<String> RENORM =
      List.of("moving_stddev", "renorm_mean", "renorm_stddev");

  private static final Set<String> NEVER_TRAINED = neverTrained();

  private LayerClasses() {}

  private static Set<String> neverTrained() {
    Set<String> names = new HashSet<>(RENORM);
    Set<String> trained = new HashSet<>();
    for (Entry entry : ENTRIES.values()) {
      for (Rule rule : entry.weights) {
        (rule.weight.isTrained ? trained : names).addAll(List.of(rule.weight.name, rule.before));
      }
    }
    names.removeAll(trained);
    names.removeAll(List.of("", "Variable")); // TensorFlow's name for any variable without one
    return names;
  }

  private static Map<String, Entry> entries() {
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (String line : TABLE.split("\n")) {
      String[] words = line.split(" +");
      Entry entry = new Entry(new ArrayList<>(), new ArrayList<>());
      for (String word : Arrays.asList(words).subList(1, words.length)) {
        String[] parts = word.split(word.contains("?") ? "[?]" : "[=@()]");
        if (word.contains("(")) {
          entry.inside.add(new Inside(parts[0], parts[1], parts[2], null, false));
        } else if (word.contains("@")) {
          boolean isList = parts[1].startsWith("*");
          String key = isList ? parts[1].substring(1) : parts[1];
          entry.inside.add(new Inside(parts[0], null, null, key, isList));
        } else {
          boolean isTrained = !word.startsWith("~");
          String[] names = (isTrained ? parts[0] : parts[0].substring(1)).split("[|]");
          String sameAs = names[0].contains("/") ? names[0].replace("/", "/vars/") : null;
          entry.weights.add(
              new Rule(
                  new Known(names[0], isTrained, sameAs),
                  names[names.length - 1],
                  parts.length > 1 ? parts[1] : ""));
        }
      }
      entries.put(words[0], entry);
    }
    return entries;
  }

  static boolean isKnown(String className) {
    return ENTRIES.containsKey(className);
  }

  /** Whether no class of Keras trains a weight of this name. */
  static boolean isNeverTrained(String weight) {
    return NEVER_TRAINED.contains(weight);
  }

  /** The layers inside a layer of a class, in order. */
  static List<Inside> inside(String className) {
    return ENTRIES.containsKey(className) ? ENTRIES.get(className).inside : List.of();
  }

  /** Whether tf.keras names what is in a layer of this class as the layer's own. */
  static boolean namesNoneInside(String className) {
    return className.matches("TimeDistributed|SpectralNormalization|ConvLSTM\\dD");
  }

  /** Whether a layer of this class cannot be without its own weights. */
  static boolean mustHaveWeights(String className) {
    return ENTRIES.containsKey(className)
        && ENTRIES.get(className).weights.stream().anyMatch(rule -> rule.option.isEmpty())
        && !className.equals("Normalization");
  }

  /** The layer's own weights, as its configuration has them. */
  static List<Known> weights(String className, Map<String, Object> config, boolean ofKeras3) {
    List<Known> weights = new ArrayList<>();
    if (className.equals("Normalization") && config.get("mean") != null) {
      return weights;
    }
    String quantized = quantization(config);
    boolean withoutBeta = Boolean.TRUE.equals(config.get("rms_scaling"));
    boolean frozen = config.get("lora_rank") != null || quantized.startsWith("int");
    for (Rule rule : ENTRIES.getOrDefault(className, new Entry(List.of(), List.of())).weights) {
      Known known = rule.of(ofKeras3);
      if (known != null && rule.applies(config) && !(withoutBeta && known.name.equals("beta"))) {
        boolean isTrained = known.isTrained && !(frozen && weights.isEmpty());
        weights.add(new Known(known.name, isTrained, known.sameAs));
      }
    }
    if (Boolean.TRUE.equals(config.get("renorm"))) {
      for (String name : RENORM) {
        weights.add(new Known(name, false, null));
      }
    }
    if (!weights.isEmpty() && !quantized.isEmpty()) {
      String first = weights.get(0).name;
      boolean isFloat = quantized.startsWith("float");
      List<String> names =
          isFloat ? FLOAT8 : quantized.startsWith("int4") ? INT4 : List.of("%s_scale");
      names.forEach(name -> weights.add(new Known(name.replace("%s", first), isFloat, null)));
    }
    return weights;
  }

  /** The names of so many weights of a layer; null where the class is not known to have so many. */
  static List<Known> weights(
      String className, Map<String, Object> config, boolean ofKeras3, int count) {
    List<Known> weights = weights(className, config, ofKeras3);
    if (weights.size() < count) {
      return null;
    }
    if (weights.size() > count) { // what the options would say is left out, the last first
      List<Known> optional =
          new ArrayList<>(
              ENTRIES.get(className).weights.stream()
                  .filter(rule -> !rule.option.isEmpty())
                  .map(rule -> rule.of(ofKeras3))
                  .filter(Objects::nonNull)
                  .toList());
      while (weights.size() > count && !optional.isEmpty()) {
        String name = optional.remove(optional.size() - 1).name;
        weights.removeIf(weight -> weight.name.equals(name));
      }
    }
    return weights.size() == count ? weights : null;
  }

  /** How a layer is quantized, which its dtype says; empty where it is not. */
  private static String quantization(Map<String, Object> config) {
    return config.get("dtype") instanceof Map<?, ?> policy
            && policy.get("config") instanceof Map<?, ?> of
            && of.get("mode") != null
        ? String.valueOf(of.get("mode"))
        : "";
  }

  // ---- Groups ---------------------------------------------------------------------------------

  /** The group of a layer of this class among others, in {@code .weights.h5}. */
  static String group(String className) {
    String own = className.equals("GroupQueryAttention") ? "GroupedQueryAttention" : className;
    return own.replaceAll("(?U)\\W+", "")
        .replaceAll("(.)([A-Z][a-z]+)", "$1_$2")
        .replaceAll("([a-z])([A-Z])", "$1_$2")
        .toLowerCase(Locale.ROOT);
  }

  /** The class of Keras whose layers are in a group, or the group's name where there is none. */
  static String classOfGroup(String group) {
    String base = group.replaceAll("_\\d+$", "");
    return Stream.concat(ENTRIES.keySet().stream(), Stream.of("Sequential", "Functional"))
        .filter(name -> group(name).equals(base))
        .findFirst()
        .orElse(base);
  }

  /**
   * The group of a layer of tf.keras up to 2.14, where the numbers behind the names have gaps: the
   * next of the groups with arrays.
   */
  static String groupOfOld(Set<String> all, String path, Map<String, Integer> counts) {
    String own = path.replaceAll("_\\d+$", "");
    int index = counts.merge(own, 1, Integer::sum) - 1;
    List<String> groups =
        all.stream()
            .filter(name -> name.matches(Pattern.quote(own) + "(_\\d{1,9})?"))
            .sorted(Comparator.comparing(name -> number(own, name)))
            .toList();
    return index < groups.size() ? groups.get(index) : own + "_" + groups.size() + "_missing";
  }

  private static int number(String own, String name) {
    return name.equals(own) ? 0 : Integer.parseInt(name.substring(own.length() + 1));
  }
}
