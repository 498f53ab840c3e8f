package io.github.keras4j.hdf5;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.hdf5.Hdf5.Attribute;
import io.github.keras4j.hdf5.Hdf5.Dataset;
import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.hdf5.Hdf5.Node;
import io.github.keras4j.hdf5.Hdf5.Numbers;
import io.github.keras4j.hdf5.Hdf5.Strings;
import io.github.keras4j.hdf5.Hdf5.Unread;
import io.github.keras4j.optimizers.text.Text;
import io.jhdf.FractalHeap;
import io.jhdf.GroupSymbolTableNode;
import io.jhdf.LocalHeap;
import io.jhdf.ObjectHeader;
import io.jhdf.Superblock;
import io.jhdf.Superblock.SuperblockV0V1;
import io.jhdf.Superblock.SuperblockV2V3;
import io.jhdf.SymbolTableEntry;
import io.jhdf.Utils;
import io.jhdf.btree.BTreeV1;
import io.jhdf.btree.record.AttributeNameForIndexedAttributesRecord;
import io.jhdf.btree.record.LinkNameForIndexedGroupRecord;
import io.jhdf.object.datatype.DataType;
import io.jhdf.object.datatype.StringData;
import io.jhdf.object.datatype.VariableLength;
import io.jhdf.object.message.AttributeInfoMessage;
import io.jhdf.object.message.AttributeMessage;
import io.jhdf.object.message.DataLayoutMessage;
import io.jhdf.object.message.DataLayoutMessage.CompactDataLayoutMessage;
import io.jhdf.object.message.DataLayoutMessage.ContiguousDataLayoutMessage;
import io.jhdf.object.message.DataSpace;
import io.jhdf.object.message.DataSpaceMessage;
import io.jhdf.object.message.DataTypeMessage;
import io.jhdf.object.message.LinkInfoMessage;
import io.jhdf.object.message.LinkMessage;
import io.jhdf.object.message.SymbolTableMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads an HDF5 file of a stranger: walks its tree, each object once, down to a fixed depth.
 *
 * <p>jHDF's own objects take apart the file's blocks, but see its bytes through {@link Hdf5Bytes}
 * alone. Whatever jHDF throws means that the file is damaged.
 */
final class Hdf5Reader {
  private static final int MAX_DEPTH = 64;
  private static final int MAX_NAME_BYTES = 1 << 12;

  private final Hdf5Bytes file;
  private final Set<Long> visited = new HashSet<>();

  /** Where the first numbers of each object lie, which were written in this order. */
  private final Map<Node, Long> written = new IdentityHashMap<>();

  private Hdf5Reader(Bytes bytes) throws IOException {
    file = new Hdf5Bytes(bytes);
  }

  /** The root of a file, with all that is in it. */
  static Group read(Bytes file) throws IOException {
    try {
      return new Hdf5Reader(file).root();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (RuntimeException | StackOverflowError e) {
      throw new IOException("is damaged: " + reason(e), e);
    }
  }

  /** What jHDF says, in one line of bounded length, whatever names of the file are in it. */
  private static String reason(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : Text.quote(message);
  }

  private Group root() throws IOException {
    Superblock superblock = file.getSuperblock();
    if (superblock.getBaseAddressByte() != 0) {
      throw new IOException("is no HDF5 file of Keras: begins with a block of somebody else");
    }
    if (superblock.getEndOfFileAddress() > file.size()) {
      throw new IOException(
          format(
              "is truncated: must have %d bytes, has %d",
              superblock.getEndOfFileAddress(), file.size()));
    }
    long address =
        superblock instanceof SuperblockV0V1 old
            ? new SymbolTableEntry(file, old.getRootGroupSymbolTableAddress())
                .getObjectHeaderAddress()
            : ((SuperblockV2V3) superblock).getRootGroupObjectHeaderAddress();
    if (node(address, "", 0) instanceof Group root) {
      return root;
    }
    throw new IOException("is damaged: the root is no group");
  }

  // ---- Objects --------------------------------------------------------------------------------

  private Node node(long address, String path, int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      throw new IOException("has groups more than " + MAX_DEPTH + " deep");
    }
    if (!visited.add(address)) {
      throw new IOException("has an object twice, the second time as " + Text.quote(path));
    }
    file.nameOpaqueTypes(address);
    ObjectHeader header = ObjectHeader.readObjectHeader(file, address);
    Map<String, Attribute> attributes = attributes(header, path);
    if (header.hasMessageOfType(DataSpaceMessage.class)) {
      return dataset(header, path, attributes);
    }
    Map<String, Long> links =
        header.hasMessageOfType(SymbolTableMessage.class)
            ? symbols(header.getMessageOfType(SymbolTableMessage.class))
            : links(header);
    List<Map.Entry<String, Node>> nodes = new ArrayList<>();
    for (Map.Entry<String, Long> link : links.entrySet()) {
      String child = path.isEmpty() ? link.getKey() : path + "/" + link.getKey();
      nodes.add(Map.entry(link.getKey(), node(link.getValue(), child, depth + 1)));
    }
    nodes.sort(Comparator.comparing(node -> written.get(node.getValue())));
    Map<String, Node> children = new LinkedHashMap<>();
    nodes.forEach(node -> children.put(node.getKey(), node.getValue()));
    Group group = new Group(children, attributes);
    written.put(group, nodes.isEmpty() ? Long.MAX_VALUE : written.get(nodes.get(0).getValue()));
    return group;
  }

  /** The children of a group in the layout of old. */
  private Map<String, Long> symbols(SymbolTableMessage table) throws IOException {
    ByteBuffer names = new LocalHeap(file, table.getLocalHeapAddress()).getDataBuffer();
    Map<String, Long> links = new LinkedHashMap<>();
    for (long node : BTreeV1.createGroupBTree(file, table.getBTreeAddress()).getChildAddresses()) {
      for (SymbolTableEntry entry : new GroupSymbolTableNode(file, node).getSymbolTableEntries()) {
        if (entry.getCacheType() == 2) {
          throw new IOException("has a link to elsewhere, which Keras does not write");
        }
        ByteBuffer name = names.duplicate().position(entry.getLinkNameOffset());
        name.limit((int) Math.min(name.limit(), (long) name.position() + MAX_NAME_BYTES));
        put(links, Utils.readUntilNull(name.slice()), entry.getObjectHeaderAddress());
      }
    }
    return links;
  }

  /** The children of a group in the layout of today. */
  private Map<String, Long> links(ObjectHeader header) throws IOException {
    LinkInfoMessage info = header.getMessageOfType(LinkInfoMessage.class);
    List<LinkMessage> messages = header.getMessagesOfType(LinkMessage.class);
    if (info.getBTreeNameIndexAddress() != Hdf5Bytes.UNDEFINED) {
      FractalHeap heap = file.heap(info.getFractalHeapAddress());
      messages = new ArrayList<>();
      for (LinkNameForIndexedGroupRecord link :
          file.<LinkNameForIndexedGroupRecord>tree(info.getBTreeNameIndexAddress()).getRecords()) {
        messages.add(LinkMessage.fromBuffer(heap.getId(link.getId()), file.getSuperblock()));
      }
    }
    Map<String, Long> links = new LinkedHashMap<>();
    for (LinkMessage link : messages) {
      if (link.getLinkType() != LinkMessage.LinkType.HARD) {
        throw new IOException("has a link to elsewhere, which Keras does not write");
      }
      put(links, link.getLinkName(), link.getHardLinkAddress());
    }
    return links;
  }

  private static void put(Map<String, Long> links, String name, long address) throws IOException {
    if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('/') >= 0) {
      throw new IOException("has a name that HDF5 does not allow: " + Text.quote(name));
    }
    if (links.put(name, address) != null) {
      throw new IOException("has the name " + Text.quote(name) + " twice in a group");
    }
  }

  private Node dataset(ObjectHeader header, String path, Map<String, Attribute> attributes)
      throws IOException {
    DataType type = header.getMessageOfType(DataTypeMessage.class).getDataType();
    int[] shape = shape(header.getMessageOfType(DataSpaceMessage.class).getDataSpace(), path);
    long size = type.getSize();
    long room = 1; // a dimension of 0 hides no others
    for (int dimension : shape) {
      size = Math.multiplyExact(size, (long) dimension);
      room = Math.multiplyExact(room, (long) Math.max(1, dimension));
    }
    file.requireRoom(room);
    DataLayoutMessage layout = header.getMessageOfType(DataLayoutMessage.class);
    Bytes data;
    long address = Long.MAX_VALUE;
    if (size == 0) {
      data = Bytes.of(ByteBuffer.allocate(0));
    } else if (layout instanceof ContiguousDataLayoutMessage contiguous) {
      if (contiguous.getSize() != size && contiguous.getSize() != -1) {
        throw new IOException(
            format(
                "%s must have %d bytes, as its shape says, got %d",
                Text.quote(path), size, contiguous.getSize()));
      }
      data = file.data(contiguous.getAddress(), size);
      address = contiguous.getAddress();
    } else if (layout instanceof CompactDataLayoutMessage compact) {
      data = Bytes.of(compact.getDataBuffer());
      if (data.size() != size) {
        throw new IOException(
            Text.quote(path) + " must have " + size + " bytes, got " + data.size());
      }
      file.take(size);
    } else {
      Unread unread =
          new Unread(
              "is kept in chunks, which Keras does not write, and not read here", attributes);
      written.put(unread, address);
      return unread;
    }
    Dataset dataset = new Dataset(type, shape, data, attributes);
    written.put(dataset, address);
    return dataset;
  }

  private static int[] shape(DataSpace space, String name) throws IOException {
    if (space.getType() == 2) {
      throw new IOException(Text.quote(name) + " must have a shape, got none");
    }
    double elements = 1;
    for (long dimension : space.getDimensionsAsLong()) {
      elements *= dimension;
      if (Math.max(dimension, elements) > Integer.MAX_VALUE) {
        throw new IOException(
            format(
                "%s must have at most %d elements, got the shape %s",
                Text.quote(name), Integer.MAX_VALUE, Arrays.toString(space.getDimensionsAsLong())));
      }
    }
    return space.getDimensions();
  }

  // ---- Attributes -----------------------------------------------------------------------------

  private Map<String, Attribute> attributes(ObjectHeader header, String path) throws IOException {
    List<AttributeMessage> messages =
        new ArrayList<>(header.getMessagesOfType(AttributeMessage.class));
    if (header.hasMessageOfType(AttributeInfoMessage.class)) {
      AttributeInfoMessage info = header.getMessageOfType(AttributeInfoMessage.class);
      if (info.getFractalHeapAddress() != Hdf5Bytes.UNDEFINED) {
        FractalHeap heap = file.heap(info.getFractalHeapAddress());
        for (AttributeNameForIndexedAttributesRecord indexed :
            file.<AttributeNameForIndexedAttributesRecord>tree(info.getAttributeNameBTreeAddress())
                .getRecords()) {
          messages.add(
              new AttributeMessage(heap.getId(indexed.getHeapId()), file, indexed.getFlags()));
        }
      }
    }
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    for (AttributeMessage message : messages) {
      String name = message.getName();
      if (attributes.put(name, attribute(message, path + "@" + name)) != null) {
        throw new IOException("has the attribute " + Text.quote(path + "@" + name) + " twice");
      }
    }
    return attributes;
  }

  private Attribute attribute(AttributeMessage message, String name) throws IOException {
    DataType type = message.getDataType();
    ByteBuffer data = message.getDataBuffer();
    int[] shape = shape(message.getDataSpace(), name);
    if (data == null) {
      data = ByteBuffer.allocate(0);
      if (message.getDataSpace().getTotalLength() > 0) {
        throw new IOException("attribute " + Text.quote(name) + " has elements of no size");
      }
    }
    boolean isText = type instanceof VariableLength any && any.isVariableLengthString();
    if (!(type instanceof StringData) && !isText) {
      file.take(data.remaining());
      return new Numbers(type, shape, ByteBuffer.allocate(data.remaining()).put(data).flip());
    }
    if (shape.length > 1) {
      throw new IOException(
          "attribute " + Text.quote(name) + " must be a string or a list of strings");
    }
    List<String> values = new ArrayList<>();
    if (type instanceof StringData fixed) {
      while (data.hasRemaining()) {
        ByteBuffer element = Utils.createSubBuffer(data, fixed.getSize());
        fixed.getStringPaddingHandler().setBufferLimit(element);
        values.add(decode(fixed.getCharset(), element, name));
      }
      return new Strings(fixed.getSize(), isUtf8(fixed.getCharset()), shape.length == 1, values);
    }
    Charset charset = ((VariableLength) type).getEncoding();
    while (data.hasRemaining()) {
      values.add(decode(charset, file.string(data), name));
    }
    return new Strings(0, isUtf8(charset), shape.length == 1, values);
  }

  private static boolean isUtf8(Charset charset) {
    return charset.equals(StandardCharsets.UTF_8);
  }

  private static String decode(Charset charset, ByteBuffer bytes, String name) throws IOException {
    // h5py calls ASCII what may hold any bytes; Keras decodes them as UTF-8.
    try {
      String decoded = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
      if (decoded.indexOf('\0') < 0) {
        return decoded;
      }
    } catch (CharacterCodingException e) {
      // is said below
    }
    throw new IOException(format("attribute %s is no %s string", Text.quote(name), charset.name()));
  }
}
