// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "arguments.h"
#include "fd.h"

namespace snatkit {

/// One message to the kernel: a fixed header, then attributes.
class NetlinkRequest {
 public:
  template <class Header>
  NetlinkRequest(uint16_t type, uint16_t flags, const Header& header) : bytes_(NLMSG_HDRLEN) {
    Append(&header, sizeof(header));
    Message()->nlmsg_type = type;
    Message()->nlmsg_flags = NLM_F_REQUEST | flags;
  }
  void Put(uint16_t type, const void* data, size_t size);
  void PutUint32(uint16_t type, uint32_t value) { Put(type, &value, sizeof(value)); }
  void PutText(uint16_t type, const std::string& text) { Put(type, text.c_str(), text.size() + 1); }
  /// Returns where the nest begins, for EndNest.
  size_t BeginNest(uint16_t type);
  void EndNest(size_t begin);
  nlmsghdr* Message() { return reinterpret_cast<nlmsghdr*>(bytes_.data()); }
  const std::vector<uint8_t>& Finish();

 private:
  void Append(const void* data, size_t size);
  std::vector<uint8_t> bytes_;
};

/// The attributes after a message's fixed header, or inside a nest.
class NetlinkAttributes {
 public:
  explicit NetlinkAttributes(Bytes bytes) : bytes_(bytes) {}
  std::optional<Bytes> Find(uint16_t type) const;
  std::optional<uint32_t> FindUint32(uint16_t type) const;
  std::optional<std::string> FindText(uint16_t type) const;

 private:
  Bytes bytes_;
};

/// One answer of a dump.
class NetlinkAnswer {
 public:
  explicit NetlinkAnswer(std::vector<uint8_t> bytes) : bytes_(std::move(bytes)) {}
  uint16_t Type() const { return reinterpret_cast<const nlmsghdr*>(bytes_.data())->nlmsg_type; }
  /// Zeros where the kernel's header is shorter.
  template <class Header>
  Header Read() const {
    Header header = {};
    if (bytes_.size() >= NLMSG_HDRLEN + sizeof(header)) memcpy(&header, bytes_.data() + NLMSG_HDRLEN, sizeof(header));
    return header;
  }
  template <class Header>
  NetlinkAttributes Attributes() const {
    const size_t begin = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(Header));
    return NetlinkAttributes(begin < bytes_.size() ? Bytes{bytes_.data() + begin, bytes_.size() - begin} : Bytes{});
  }

 private:
  std::vector<uint8_t> bytes_;
};

/// An rtnetlink socket of one network namespace: only its creation happens inside.
class Netlink {
 public:
  explicit Netlink(const std::optional<std::string>& netns);
  /// Sends and waits for the acknowledgement. Throws KernelFailure with the kernel's own words where it gives any.
  void Request(NetlinkRequest request, const std::string& operation);
  /// The same with an errno as the answer (0 for success) where the caller expects some.
  int Try(NetlinkRequest request, const std::string& operation, std::string* words);
  /// A consistent dump, asked for again when the tables changed meanwhile.
  std::vector<NetlinkAnswer> Dump(NetlinkRequest request, const std::string& operation);

 private:
  void Send(NetlinkRequest* request, const std::string& operation);
  const std::vector<uint8_t>& Receive(const std::string& operation);
  bool IsOurs(const nlmsghdr* message) const { return message->nlmsg_seq == sequence_; }

  UniqueFd fd_;
  uint32_t sequence_ = 0;
  std::vector<uint8_t> buffer_;
};

}  // namespace snatkit
